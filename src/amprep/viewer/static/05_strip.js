// Time per layer over the build: a picture with axes, and the way to choose a layer.

const STRIP = { left: 54, right: 14, top: 34, bottom: 30, bottomNarrow: 46, narrow: 600 };

// On a phone the title of the axis has a line of its own, so that every tick keeps its number.
const stripBottom = (width) => (width < STRIP.narrow ? STRIP.bottomNarrow : STRIP.bottom);

const stripX = (place, count, width) =>
  STRIP.left + ((place + 0.5) / count) * (width - STRIP.left - STRIP.right);

const stripLayer = (x, count, width) => {
  const share = (x - STRIP.left) / (width - STRIP.left - STRIP.right);
  return Math.min(count - 1, Math.max(0, Math.floor(share * count)));
};

const drawStrip = (ctx, width, height, state) => {
  const { table, palette, speak, layer, facts } = state;
  const count = table.top_mm.length;
  const wide = width - STRIP.left - STRIP.right;
  const high = height - STRIP.top - stripBottom(width);
  ctx.clearRect(0, 0, width, height);
  ctx.fillStyle = palette.ground;
  ctx.fillRect(0, 0, width, height);
  let most = 0;
  for (let i = 0; i < count; i++) most = Math.max(most, table.recoating_s[i] + table.exposure_s[i] + table.wait_s[i]);
  most = most || 1;
  const step = niceStep(most / 3);
  const y = (value) => STRIP.top + high - (value / most) * high;
  ctx.font = "13px system-ui, sans-serif";
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  ctx.lineWidth = 1;
  for (let value = 0; value <= most * 1.0001; value += step) {
    const at = Math.round(y(value)) + 0.5;
    ctx.strokeStyle = palette.grid;
    ctx.beginPath();
    ctx.moveTo(STRIP.left, at);
    ctx.lineTo(width - STRIP.right, at);
    ctx.stroke();
    ctx.fillStyle = palette.soft;
    ctx.fillText(speak.number(value, step < 0.1 ? 2 : step < 1 ? 1 : 0), STRIP.left - 7, at);
  }
  // One column a pixel, as long as its longest layer.
  const columns = Math.max(1, Math.min(count, Math.round(wide)));
  for (let c = 0; c < columns; c++) {
    const from = Math.floor((c * count) / columns);
    const to = Math.max(from + 1, Math.floor(((c + 1) * count) / columns));
    let longest = from;
    const total = (i) => table.recoating_s[i] + table.exposure_s[i] + table.wait_s[i];
    for (let i = from; i < to; i++) if (total(i) > total(longest)) longest = i;
    const x0 = STRIP.left + (c * wide) / columns;
    const gap = wide / columns > 5 ? 1 : 0;
    let base = 0;
    for (const cause of ["recoating", "exposing", "waiting"]) {
      const value = table[{ recoating: "recoating_s", exposing: "exposure_s", waiting: "wait_s" }[cause]][longest];
      if (value <= 0) continue;
      ctx.fillStyle = palette[cause];
      ctx.fillRect(x0, y(base + value), wide / columns - gap + (gap ? 0 : 0.5), y(base) - y(base + value));
      base += value;
    }
  }
  stripAxes(ctx, width, height, state, count);
  const x = stripX(layer, count, width);
  ctx.fillStyle = palette.mark;
  ctx.fillRect(Math.round(x) - 1.5, STRIP.top - 4, 3, high + 8);
  ctx.beginPath();
  ctx.moveTo(x - 7, STRIP.top - 12);
  ctx.lineTo(x + 7, STRIP.top - 12);
  ctx.lineTo(x, STRIP.top - 1);
  ctx.fill();
};

const stripAxes = (ctx, width, height, state, count) => {
  const { table, palette, speak } = state;
  const bottom = height - stripBottom(width);
  const isNarrow = width < STRIP.narrow;
  ctx.fillStyle = palette.soft;
  ctx.strokeStyle = palette.soft;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  ctx.fillText(speak.say("strip"), 8, 3);
  const low = table.top_mm[0];
  const high = table.top_mm[count - 1];
  const label = speak.say("strip_height");
  const labelWidth = ctx.measureText(label).width;
  ctx.textAlign = "right";
  ctx.fillText(label, width - STRIP.right, bottom + (isNarrow ? 26 : 9));
  const span = high - low;
  if (span <= 0) return;
  const pixels = width - STRIP.left - STRIP.right;
  const step = niceStep((span * 90) / pixels);
  const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
  ctx.textAlign = "center";
  for (let z = Math.ceil(low / step) * step; z <= high + 1e-9; z += step) {
    const x = stripX(((z - low) / span) * (count - 1), count, width);
    ctx.beginPath();
    ctx.moveTo(x, bottom);
    ctx.lineTo(x, bottom + 5);
    ctx.stroke();
    const words = speak.number(z, digits);
    const last = isNarrow ? width - ctx.measureText(words).width / 2 - 2 : width - STRIP.right - labelWidth - 26;
    if (x > STRIP.left - 9 && (isNarrow || x < last)) ctx.fillText(words, Math.min(x, last), bottom + 9);
  }
};
