// The panel beside the layer: legend, times, and the values of a vector. All text enters as text.

const el = (tag, className, ...children) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const child of children) node.append(child);
  return node;
};

const svgEl = (tag, attributes) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};

// A sample of line or area, with the sign that stands on the canvas as well.
const sample = (colour, { dash = [], sign = "", area = false, ring = "none" } = {}) => {
  const svg = svgEl("svg", { viewBox: "0 0 52 30", "aria-hidden": "true" });
  if (area) {
    svg.append(svgEl("rect", { x: 2, y: 5, width: 48, height: 20, rx: 3, fill: colour, stroke: ring }));
  } else {
    svg.append(svgEl("line", { x1: 2, y1: 15, x2: 50, y2: 15, stroke: colour, "stroke-width": 5, "stroke-dasharray": dash.join(" ") }));
  }
  if (sign) {
    svg.append(svgEl("circle", { cx: 26, cy: 15, r: 12.5, fill: colour, stroke: "var(--apv-panel)", "stroke-width": 2 }));
    const text = svgEl("text", { x: 26, y: 20.5, "text-anchor": "middle", "font-size": 15, "font-weight": 700, fill: inkOn(colour) });
    text.textContent = sign;
    svg.append(text);
  }
  return svg;
};

const regionName = (region, facts, speak) => {
  const key = facts.regions[region];
  const family = facts.families[region];
  let name = speak.say(family);
  if (key !== family) name = speak.say("contour_of", { region: name });
  return region >= facts.again ? speak.say("again", { region: name }) : name;
};

const legendRows = (state) => {
  const { facts, palette, speak, content, times, mode } = state;
  const row = (mark, text, value) => {
    const item = el("li", "", mark, el("span", "", text));
    if (value) item.append(el("span", "apv-value", value));
    return item;
  };
  const rows = [];
  if (mode === "region") {
    const present = new Set(content.blocks.map((block) => facts.families[block.region]));
    for (const family of Object.keys(palette.regions)) {
      if (!present.has(family)) continue;
      const look = { sign: SIGNS[family] || "", dash: family === "support" ? [4, 4] : [] };
      rows.push(row(sample(palette.regions[family], look), speak.say(family)));
    }
  } else if (mode === "laser") {
    const present = [...new Set(content.blocks.map((block) => block.laser))].sort((a, b) => a - b);
    for (const laser of present) {
      const colour = palette.lasers[laser % palette.lasers.length];
      const look = { sign: String(laser + 1), dash: DASHES[laser % 4] };
      rows.push(row(sample(colour, look), speak.say("laser_number", { number: laser + 1 })));
    }
  } else if (mode === "time" && content.count) {
    const bar = el("div", "apv-scale");
    bar.style.background = `linear-gradient(to right, ${palette.scale.join(", ")})`;
    const ends = el("div", "apv-ends", el("span", "", `0\u00a0s (${speak.say("start_of_layer")})`), el("span", "", speak.seconds(times.whole)));
    rows.push(el("li", "apv-wide", bar, ends));
  } else if (mode === "energy") {
    const energies = distinctEnergies(content, facts);
    energies.forEach(({ energy, regions }, i) => {
      const colour = mixed(palette.scale, energies.length > 1 ? i / (energies.length - 1) : 0.5);
      const names = [...new Set(regions.map((region) => regionName(region, facts, speak)))].join(" · ");
      rows.push(row(sample(colour, { sign: LETTERS[i] }), names, speak.sound(energy, "J/mm")));
    });
  }
  return rows.concat(surroundings(state, row));
};

const surroundings = ({ facts, palette, speak }, row) => {
  const assumed = (what, is) => (is ? speak.say("assumed", { what }) : what);
  const rows = [row(sample(palette.plate), speak.say("plate"))];
  if (facts.machine.lasers.length > 1) {
    const is = facts.machine.fields_assumed;
    rows.push(row(sample(palette.field, { dash: [7, 5] }), assumed(speak.say("field"), is)));
    rows.push(row(sample(palette.overlapLine, { area: true, ring: palette.field }), assumed(speak.say("overlap"), is)));
  }
  return rows;
};

const drawTimes = (nodes, state) => {
  const { table, layer, palette, speak, facts, told } = state;
  const causes = [["recoating", table.recoating_s[layer]], ["exposing", table.exposure_s[layer]], ["waiting", table.wait_s[layer]]];
  const whole = causes.reduce((sum, [, value]) => sum + value, 0);
  nodes.time.textContent = speak.seconds(whole);
  const shown = causes.filter(([, value]) => value > 0);
  nodes.stack.replaceChildren(...shown.map(([cause, value]) => {
    const piece = el("div", "");
    piece.style.background = palette[cause];
    piece.style.flex = `${value / (whole || 1)} 0 0`;
    return piece;
  }));
  nodes.causes.replaceChildren(...shown.map(([cause, value]) =>
    el("li", "", sample(palette[cause], { area: true }), el("span", "", speak.say(cause)), el("span", "apv-value", speak.seconds(value)))));
  const most = Math.max(...told.lasers.map((one) => one.busy), 1e-9);
  nodes.lasersBox.hidden = facts.machine.lasers.length < 2;
  nodes.lasers.replaceChildren(...told.lasers.map((one, i) => {
    const colour = palette.lasers[i % palette.lasers.length];
    const number = el("span", "apv-number", String(i + 1));
    number.style.background = colour;
    number.style.color = inkOn(colour);
    const fill = el("div", "apv-fill");
    fill.style.background = colour;
    fill.style.width = `${(100 * one.busy) / most}%`;
    return el("li", "", number, el("div", "apv-track", fill), el("span", "", speak.seconds(one.busy)));
  }));
};

const vectorValues = (state, index) => {
  const { facts, content, times } = state;
  const block = content.blocks.find((one) => index >= one.first && index < one.last);
  const exposure = exposureOf(facts, block);
  const [x0, y0, x1, y1] = content.ends.subarray(4 * index, 4 * index + 4);
  const length = Math.hypot(x1 - x0, y1 - y0);
  const perLength = exposure.power / exposure.speed;
  return {
    block, length, duration: times.mark[index], begins: times.start[index], power: exposure.power, speed: exposure.speed,
    energy: exposure.power * times.mark[index], perLength,
    perVolume: exposure.hatch_mm > 0 ? perLength / (exposure.hatch_mm * facts.thickness_mm) : 0,
  };
};

// The same in short, on the picture itself.
const vectorLine = ({ facts, speak }, { block, power, speed, length, duration }) =>
  [
    regionName(block.region, facts, speak), speak.say("laser_number", { number: block.laser + 1 }), speak.sound(power, "W"),
    speak.sound(speed, "mm/s"), speak.sound(length, "mm"), speak.seconds(duration),
  ].join(" · ");

const vectorRows = (state, values) => {
  const { facts, speak } = state;
  const { block } = values;
  const rows = [
    ["by_region", regionName(block.region, facts, speak)],
    ["part", facts.parts[block.part] || ""],
    ["by_laser", String(block.laser + 1)],
    ["power", speak.sound(values.power, "W")],
    ["speed", speak.sound(values.speed, "mm/s")],
    ["length", speak.sound(values.length, "mm")],
    ["duration", speak.seconds(values.duration)],
    ["begins", speak.seconds(values.begins)],
    ["energy", values.energy < 0.1 ? speak.sound(values.energy * 1000, "mJ") : speak.sound(values.energy, "J")],
    ["line_energy", speak.sound(values.perLength, "J/mm")],
  ];
  if (values.perVolume) rows.push(["volume_energy", speak.sound(values.perVolume, "J/mm³")]);
  return rows.flatMap(([key, text]) => [el("dt", "", speak.say(key)), el("dd", "", text)]);
};
