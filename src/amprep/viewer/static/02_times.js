// Seconds of each vector, by the rules of the time model: see the kernel seconds_of_vectors.

const startedS = (run, full, speed, scanner) => {
  if (full <= 0) return 0;
  if (run >= full) return scanner.polyline_s + speed / scanner.acceleration;
  return scanner.polyline_s + 2 * Math.sqrt(run / scanner.acceleration) - run / speed;
};

const waysAndMarks = (layer, facts) => {
  const scanner = facts.scanner;
  const { ends, blocks, count } = layer;
  const way = new Float64Array(count);
  const mark = new Float64Array(count);
  const heads = facts.machine.lasers.map(() => ({ before: null, x: 0, y: 0, dx: 0, dy: 0, ahead: 0, run: 0, first: 0 }));
  const close = (head) => {
    const old = exposureOf(facts, head.before);
    way[head.first] += startedS(head.run, old.full_mm, old.speed, scanner);
  };
  for (const block of blocks) {
    const exposure = exposureOf(facts, block);
    const head = heads[block.laser];
    for (let i = block.first; i < block.last; i++) {
      const x0 = ends[4 * i];
      const y0 = ends[4 * i + 1];
      const dx = ends[4 * i + 2] - x0;
      const dy = ends[4 * i + 3] - y0;
      const length = Math.hypot(dx, dy);
      const old = head.before;
      const far = old ? Math.hypot(x0 - head.x, y0 - head.y) : 0;
      const joined = old && old.set === block.set && old.region === block.region && old.part === block.part;
      let cost = old && old.part !== block.part ? scanner.part_change_s : 0;
      if (joined && far === 0) {
        if (length > 0 && head.ahead > 0) {
          cost += scanner.corner_s * (0.5 - (0.5 * (dx * head.dx + dy * head.dy)) / (length * head.ahead));
        }
      } else if (joined && far <= exposure.reach_mm) {
        cost += scanner.turn_s + far / scanner.jump_speed;
        head.ahead = 0;
      } else {
        cost += scanner.jump_s;
        cost += far >= scanner.long_mm ? far / scanner.jump_speed + scanner.jump_speed / scanner.acceleration
          : 2 * Math.sqrt(far / scanner.acceleration);
        if (old) close(head);
        head.first = i;
        head.ahead = 0;
        head.run = 0;
      }
      way[i] += cost;
      mark[i] = length / exposure.speed;
      head.x = ends[4 * i + 2];
      head.y = ends[4 * i + 3];
      if (length > 0) Object.assign(head, { dx, dy, ahead: length });
      head.run += length;
      head.before = block;
    }
  }
  for (const head of heads) if (head.before) close(head);
  return { way, mark };
};

const exposureOf = (facts, block) => facts.exposures[block.set][block.region];

// When each vector begins and ends. What the grid rounds away, and what thinned lines would take, is made up
// for: each laser works as long as the job says.
const scheduled = (layer, facts, told) => {
  const { way, mark } = waysAndMarks(layer, facts);
  const lasers = facts.machine.lasers.length;
  const sums = Array.from({ length: lasers }, () => ({ hatch: 0, contour: 0, way: 0 }));
  for (const block of layer.blocks) {
    const sum = sums[block.laser];
    for (let i = block.first; i < block.last; i++) {
      sum[block.isHatch ? "hatch" : "contour"] += mark[i];
      sum.way += way[i];
    }
  }
  const start = new Float64Array(layer.count);
  const end = new Float64Array(layer.count);
  const clock = new Float64Array(lasers);
  for (const block of layer.blocks) {
    const sum = sums[block.laser];
    const due = told.lasers[block.laser];
    const kind = block.isHatch ? "hatch" : "contour";
    const ofMark = sum[kind] > 0 ? due[kind] / sum[kind] : 1;
    const ofWay = sum.way > 0 ? due.motion / sum.way : 1;
    for (let i = block.first; i < block.last; i++) {
      start[i] = clock[block.laser] + way[i] * ofWay;
      end[i] = clock[block.laser] = start[i] + mark[i] * ofMark;
    }
  }
  const raw = sums.map((sum) => sum.hatch + sum.contour + sum.way);
  return { start, end, mark, raw, busy: Array.from(clock), whole: Math.max(0, ...clock) };
};
