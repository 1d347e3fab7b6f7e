// Data of the page: facts, table of layers, and layers that are unpacked when they are asked for.

const bytesOf = (text) => {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
};

const inflated = async (text) => {
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
};

// Low bytes of all, then high bytes of all; the sign stands in the lowest bit.
const unfolded = (bytes, at, count) => {
  const found = new Int16Array(count);
  for (let i = 0; i < count; i++) {
    const folded = bytes[at + i] | (bytes[at + count + i] << 8);
    found[i] = (folded >>> 1) ^ -(folded & 1);
  }
  return found;
};

// Four columns of 16-bit places, whose sums wrap round.
const columnsOf = (bytes, at, count) => {
  const columns = [];
  for (let c = 0; c < 4; c++) columns.push(new Uint16Array(unfolded(bytes, at + 2 * c * count, count).buffer));
  return columns;
};

const hatchPlaces = (columns, count) => {
  for (const column of columns) for (let i = 2; i < count; i++) column[i] += column[i - 2];
  return columns;
};

const pathPlaces = ([x0, y0, x1, y1], count) => {
  for (let i = 0; i < count; i++) {
    if (i > 0) {
      x0[i] += x1[i - 1];
      y0[i] += y1[i - 1];
    }
    x1[i] += x0[i];
    y1[i] += y0[i];
  }
  return [x0, y0, x1, y1];
};

const unpackedLayer = (buffer, facts) => {
  const bytes = new Uint8Array(buffer);
  const [blockCount, hatchCount, pathCount, allHatch] = new Uint32Array(buffer.slice(0, 16));
  const count = hatchCount + pathCount;
  const blocks = [];
  let at = 16;
  const sizes = new Uint32Array(buffer.slice(at, (at += 4 * blockCount)));
  const parts = new Uint16Array(buffer.slice(at, (at += 2 * blockCount)));
  const sets = new Uint16Array(buffer.slice(at, (at += 2 * blockCount)));
  const regions = bytes.subarray(at, (at += blockCount));
  const lasers = bytes.subarray(at, (at += blockCount));
  const hatch = hatchPlaces(columnsOf(bytes, at, hatchCount), hatchCount);
  const path = pathPlaces(columnsOf(bytes, at + 8 * hatchCount, pathCount), pathCount);
  const ends = new Float32Array(4 * count);
  const { step_mm: step, x_mm: ox, y_mm: oy } = facts.grid;
  let to = 0;
  let h = 0;
  let p = 0;
  for (let b = 0; b < blockCount; b++) {
    const isHatch = facts.hatched[regions[b]] === 1;
    const from = isHatch ? hatch : path;
    let i = isHatch ? h : p;
    const block = { first: to, last: to + sizes[b], part: parts[b], set: sets[b], region: regions[b] };
    blocks.push(Object.assign(block, { laser: lasers[b], isHatch }));
    for (const stop = i + sizes[b]; i < stop; i++, to++) {
      ends[4 * to] = ox + step * from[0][i];
      ends[4 * to + 1] = oy + step * from[1][i];
      ends[4 * to + 2] = ox + step * from[2][i];
      ends[4 * to + 3] = oy + step * from[3][i];
    }
    if (isHatch) h = i;
    else p = i;
  }
  return { count, blocks, ends, allVectors: allHatch + pathCount };
};

// The table of layers: columns of 32-bit numbers, one after the other.
const tableOf = (buffer, names, count) => {
  const table = {};
  names.forEach((name, i) => (table[name] = new Float32Array(buffer, 4 * i * count, count)));
  return table;
};
