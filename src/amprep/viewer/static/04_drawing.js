// What the canvases show. Lengths on the platform are in mm, on the screen in CSS pixels.

const BINS = 40;
const DASHES = [[], [9, 4], [12, 4, 2, 4], [3, 3]];
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const SIGNS = { upskin: "\u25b2", downskin: "\u25bc", support: "\u253c", edge: "\u25c7" };

const mixed = (stops, share) => {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const i = Math.min(Math.floor(at), stops.length - 2);
  const channel = (text, k) => parseInt(text.slice(1 + 2 * k, 3 + 2 * k), 16);
  const mix = (k) => Math.round(channel(stops[i], k) + (at - i) * (channel(stops[i + 1], k) - channel(stops[i], k)));
  return `rgb(${mix(0)},${mix(1)},${mix(2)})`;
};

// Colour, dash and badge of each vector group in a way of colouring.
const energyOf = (facts, block) => {
  const exposure = exposureOf(facts, block);
  return exposure.power / exposure.speed;
};

const distinctEnergies = (layer, facts) => {
  const found = new Map();
  for (const block of layer.blocks) {
    const energy = energyOf(facts, block).toFixed(6);
    if (!found.has(energy)) found.set(energy, new Set());
    found.get(energy).add(block.region);
  }
  return [...found.entries()].map(([energy, regions]) => ({ energy: Number(energy), regions: [...regions] }))
    .sort((a, b) => a.energy - b.energy);
};

const styling = (mode, layer, facts, palette) => {
  if (mode === "laser") {
    return (block) => ({ key: block.laser, colour: palette.lasers[block.laser % palette.lasers.length], dash: DASHES[block.laser % 4] });
  }
  if (mode === "energy") {
    const energies = distinctEnergies(layer, facts).map((one) => one.energy.toFixed(6));
    return (block) => {
      const place = energies.indexOf(energyOf(facts, block).toFixed(6));
      return { key: place, colour: mixed(palette.scale, energies.length > 1 ? place / (energies.length - 1) : 0.5), dash: [] };
    };
  }
  return (block) => {
    const family = facts.families[block.region];
    return { key: family, colour: palette.regions[family], dash: family === "support" ? [2, 3] : [] };
  };
};

// A vector of each group in its midst, for the group's badge.
const inTheMidst = (layer, keyOf) => {
  const groups = new Map();
  for (const block of layer.blocks) {
    const key = keyOf(block);
    if (key === null) continue;
    const group = groups.get(key) || { n: 0, x: 0, y: 0, blocks: [] };
    groups.set(key, group);
    group.blocks.push(block);
    for (let i = block.first; i < block.last; i++) {
      group.n += 1;
      group.x += (layer.ends[4 * i] + layer.ends[4 * i + 2]) / 2;
      group.y += (layer.ends[4 * i + 1] + layer.ends[4 * i + 3]) / 2;
    }
  }
  const places = [];
  for (const [key, group] of groups) {
    const x = group.x / group.n;
    const y = group.y / group.n;
    let best = null;
    for (const block of group.blocks) {
      for (let i = block.first; i < block.last; i++) {
        const mx = (layer.ends[4 * i] + layer.ends[4 * i + 2]) / 2;
        const my = (layer.ends[4 * i + 1] + layer.ends[4 * i + 3]) / 2;
        const far = (mx - x) ** 2 + (my - y) ** 2;
        if (!best || far < best.far) best = { far, x: mx, y: my };
      }
    }
    places.push({ key, x: best.x, y: best.y });
  }
  return places;
};

const traced = (ctx, layer, view, first, last) => {
  const { ends } = layer;
  const { k, left, top, width, height } = view;
  let px = NaN;
  let py = NaN;
  for (let i = first; i < last; i++) {
    const x0 = (ends[4 * i] - left) * k;
    const y0 = (top - ends[4 * i + 1]) * k;
    const x1 = (ends[4 * i + 2] - left) * k;
    const y1 = (top - ends[4 * i + 3]) * k;
    if ((x0 < -9 && x1 < -9) || (y0 < -9 && y1 < -9) || (x0 > width + 9 && x1 > width + 9) || (y0 > height + 9 && y1 > height + 9)) continue;
    if (x0 !== px || y0 !== py) ctx.moveTo(x0, y0);
    ctx.lineTo(x1, y1);
    px = x1;
    py = y1;
  }
};

const widthOf = (block, facts, view) => {
  if (!block.isHatch) return Math.min(Math.max(0.05 * view.k, 1.5), 5);
  // Lines that stand close become an area without gaps, in which nothing flickers.
  const spacing = exposureOf(facts, block).hatch_mm * view.k;
  const share = Math.min(Math.max((5 - spacing) / 3, 0), 1);
  return Math.min(Math.max((0.5 + 0.5 * share) * spacing, 0.8), 7);
};

const outlinePath = (ctx, view, shape) => {
  ctx.beginPath();
  if (shape.length === 3) ctx.arc(view.x(shape[0]), view.y(shape[1]), shape[2] * view.k, 0, 2 * Math.PI);
  else ctx.rect(view.x(shape[0]), view.y(shape[3]), (shape[2] - shape[0]) * view.k, (shape[3] - shape[1]) * view.k);
};

const pairs = (list) => list.flatMap((a, i) => list.slice(i + 1).map((b) => [a, b]));

const stripes = (ctx, colour) => {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const at of [-8, 0, 8]) {
    pen.moveTo(at, 8);
    pen.lineTo(at + 8, 0);
  }
  pen.stroke();
  return ctx.createPattern(tile, "repeat");
};

const drawPlate = (ctx, view, facts, palette) => {
  const { plate, lasers } = facts.machine;
  ctx.fillStyle = palette.outside;
  ctx.fillRect(0, 0, view.width, view.height);
  ctx.save();
  outlinePath(ctx, view, plate);
  ctx.fillStyle = palette.ground;
  ctx.fill();
  ctx.clip();
  const step = niceStep(60 / view.k);
  ctx.strokeStyle = palette.grid;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let x = Math.ceil(view.left / step) * step; (x - view.left) * view.k < view.width; x += step) {
    const at = Math.round(view.x(x)) + 0.5;
    ctx.moveTo(at, 0);
    ctx.lineTo(at, view.height);
  }
  for (let y = Math.floor(view.top / step) * step; (view.top - y) * view.k < view.height; y -= step) {
    const at = Math.round(view.y(y)) + 0.5;
    ctx.moveTo(0, at);
    ctx.lineTo(view.width, at);
  }
  ctx.stroke();
  for (const [a, b] of pairs(lasers.map((laser) => laser.field))) {
    ctx.save();
    outlinePath(ctx, view, a);
    ctx.clip();
    outlinePath(ctx, view, b);
    ctx.clip();
    ctx.fillStyle = palette.overlap;
    ctx.fillRect(0, 0, view.width, view.height);
    ctx.fillStyle = stripes(ctx, palette.overlapLine);
    ctx.fillRect(0, 0, view.width, view.height);
    ctx.restore();
  }
  ctx.setLineDash([7, 5]);
  ctx.strokeStyle = palette.field;
  if (lasers.length > 1) {
    for (const { field } of lasers) {
      outlinePath(ctx, view, field);
      ctx.stroke();
    }
  }
  ctx.restore();
  outlinePath(ctx, view, plate);
  ctx.strokeStyle = palette.plate;
  ctx.lineWidth = 2.5;
  ctx.stroke();
};

const niceStep = (least) => {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((n) => n * power >= least * 0.9999);
};

const drawVectors = (ctx, view, layer, facts, palette, mode, times) => {
  ctx.lineCap = "butt";
  ctx.lineJoin = "round";
  if (mode === "time") {
    drawByTime(ctx, view, layer, facts, palette, times);
    return;
  }
  const style = styling(mode, layer, facts, palette);
  const groups = new Map();
  for (const block of layer.blocks) {
    const look = style(block);
    const key = `${block.isHatch ? 0 : 1} ${look.key} ${block.isHatch ? block.set : ""}`;
    if (!groups.has(key)) groups.set(key, { look, blocks: [] });
    groups.get(key).blocks.push(block);
  }
  for (const key of [...groups.keys()].sort()) {
    const { look, blocks } = groups.get(key);
    ctx.beginPath();
    for (const block of blocks) traced(ctx, layer, view, block.first, block.last);
    ctx.strokeStyle = look.colour;
    ctx.lineWidth = widthOf(blocks[0], facts, view);
    ctx.setLineDash(blocks[0].isHatch ? [] : look.dash);
    ctx.stroke();
  }
  ctx.setLineDash([]);
};

const drawByTime = (ctx, view, layer, facts, palette, times) => {
  const bins = Array.from({ length: BINS }, () => []);
  for (const block of layer.blocks) {
    let from = block.first;
    let bin = -1;
    for (let i = block.first; i <= block.last; i++) {
      const now = i < block.last ? Math.min(BINS - 1, Math.floor((BINS * times.end[i]) / (times.whole || 1))) : -1;
      if (now !== bin) {
        if (bin >= 0) bins[bin].push([block, from, i]);
        from = i;
        bin = now;
      }
    }
  }
  bins.forEach((runs, bin) => {
    if (!runs.length) return;
    ctx.strokeStyle = mixed(palette.scale, bin / (BINS - 1));
    for (const isHatch of [true, false]) {
      const ours = runs.filter(([block]) => block.isHatch === isHatch);
      if (!ours.length) continue;
      ctx.lineWidth = widthOf(ours[0][0], facts, view);
      ctx.beginPath();
      for (const [, first, last] of ours) traced(ctx, layer, view, first, last);
      ctx.stroke();
    }
  });
};

const drawGhost = (ctx, view, layer, palette) => {
  ctx.beginPath();
  for (const block of layer.blocks) if (!block.isHatch) traced(ctx, layer, view, block.first, block.last);
  ctx.strokeStyle = palette.ghost;
  ctx.lineWidth = 1.2;
  ctx.stroke();
};

const badge = (ctx, x, y, text, fill, ink, ring) => {
  ctx.beginPath();
  ctx.arc(x, y, 12, 0, 2 * Math.PI);
  ctx.fillStyle = fill;
  ctx.fill();
  ctx.lineWidth = 2;
  ctx.strokeStyle = ring;
  ctx.stroke();
  ctx.fillStyle = ink;
  ctx.font = "700 14px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(text, x, y + 1);
};

const inkOn = (colour) => {
  const parts = colour.startsWith("#")
    ? [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16)) : colour.match(/\d+/g).map(Number);
  const [r, g, b] = parts.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff";
};

const badgePlaces = (layer, facts, palette, mode) => {
  if (mode !== "region" && mode !== "energy" && facts.machine.lasers.length < 2) return [];
  const style = styling(mode === "time" ? "laser" : mode, layer, facts, palette);
  const keyOf = (block) => {
    if (mode === "region") return SIGNS[facts.families[block.region]] ? facts.families[block.region] : null;
    return style(block).key;
  };
  return inTheMidst(layer, keyOf).map((place) => {
    const { colour } = style(layer.blocks.find((block) => keyOf(block) === place.key));
    const text = mode === "region" ? SIGNS[place.key] : mode === "energy" ? LETTERS[place.key] : String(place.key + 1);
    return { ...place, text, colour };
  });
};

const drawBadges = (ctx, view, places, palette) => {
  for (const { x, y, text, colour } of places) badge(ctx, view.x(x), view.y(y), text, colour, inkOn(colour), palette.ground);
};

const onGround = (ctx, text, x, y, palette) => {
  ctx.font = "600 15px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  const wide = ctx.measureText(text).width + 16;
  ctx.fillStyle = palette.chip;
  ctx.fillRect(x - wide / 2, y - 13, wide, 26);
  ctx.fillStyle = palette.ink;
  ctx.fillText(text, x, y + 1);
};

const drawScaleBar = (ctx, view, palette, speak) => {
  const length = niceStep(70 / view.k);
  const wide = length * view.k;
  const text = length >= 1 ? `${speak.number(length)}\u00a0mm` : `${speak.number(length * 1000)}\u00a0µm`;
  const [x, y] = [14, view.height - 14];
  ctx.fillStyle = palette.chip;
  ctx.fillRect(x - 6, y - 36, wide + 12, 44);
  ctx.strokeStyle = palette.ink;
  ctx.lineWidth = 2.5;
  ctx.beginPath();
  ctx.moveTo(x, y - 7);
  ctx.lineTo(x, y);
  ctx.lineTo(x + wide, y);
  ctx.lineTo(x + wide, y - 7);
  ctx.stroke();
  ctx.fillStyle = palette.ink;
  ctx.font = "600 15px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  ctx.fillText(text, x + wide / 2, y - 12);
};
