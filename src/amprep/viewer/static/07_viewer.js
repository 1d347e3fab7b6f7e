// The viewer: what is shown, and what keys, mouse and fingers do to it.

const root = document.getElementById("apv");
const node = (name) => document.getElementById(`apv-${name}`);
const stats = (window.apvStats = { ready: false, began: performance.now() });

// The first layer may come before the script and the others behind it, to be seen while those are still read.
const opened = () => {
  const lines = document.getElementById("apv-data").textContent.split("\n");
  const facts = JSON.parse(lines[0]);
  facts.again = facts.regions.length / 2;
  return { facts, tableLine: lines[1], lines: lines.slice(2) };
};

const wholePage = () => new Promise((done) => {
  if (document.readyState !== "loading") done();
  else document.addEventListener("DOMContentLoaded", done);
});

const start = async () => {
  const { facts, tableLine, lines } = opened();
  const speak = speech(facts);
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const count = facts.layers.count;
  const table = tableOf(await inflated(tableLine), facts.columns, count);
  const lineOf = async (place) => {
    if (place >= lines.length) {
      await wholePage();
      if (lines.length < count) lines.push(...document.getElementById("apv-layers").textContent.split("\n"));
    }
    return lines[place];
  };
  const state = {
    facts, table, speak, layer: 0, mode: "region", palette: facts.palettes.light, content: null, times: null, told: null,
    tool: "", measure: null, drag: null, selected: -1, badges: new Map(), playing: false,
    scan: { on: false, running: false, t: 0, next: [], stamp: 0 },
  };
  const kept = new Map();
  const view = {
    k: 1, left: 0, top: 0, width: 1, height: 1,
    x(mm) { return (mm - this.left) * this.k; },
    y(mm) { return (this.top - mm) * this.k; },
    atX(px) { return this.left + px / this.k; },
    atY(px) { return this.top - px / this.k; },
  };
  const canvas = { base: node("base"), scanned: node("scanned"), over: node("over"), strip: node("strip") };
  const pen = Object.fromEntries(Object.entries(canvas).map(([name, one]) => [name, one.getContext("2d")]));

  const toldOf = (place) => {
    const lasers = facts.machine.lasers.map((_laser, i) => {
      const [hatch, contour, motion] = ["hatch", "contour", "motion"].map((what) => table[`${what}_s${i}`][place]);
      return { hatch, contour, motion, busy: hatch + contour + motion };
    });
    return { lasers };
  };

  const loaded = async (place) => {
    let found = kept.get(place);
    if (!found) {
      const began = performance.now();
      const content = unpackedLayer(await inflated(await lineOf(place)), facts);
      found = { content, times: scheduled(content, facts, toldOf(place)) };
      stats.decodeMs = performance.now() - began;
      kept.set(place, found);
      if (kept.size > 6) kept.delete(kept.keys().next().value);
    }
    return found;
  };

  // Drawing

  const sized = (one, pens) => {
    const box = one.getBoundingClientRect();
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    one.width = Math.max(1, Math.round(box.width * ratio));
    one.height = Math.max(1, Math.round(box.height * ratio));
    pens.setTransform(ratio, 0, 0, ratio, 0, 0);
    return box;
  };

  const resize = () => {
    const middle = [view.atX(view.width / 2), view.atY(view.height / 2)];
    const box = sized(canvas.base, pen.base);
    sized(canvas.scanned, pen.scanned);
    sized(canvas.over, pen.over);
    sized(canvas.strip, pen.strip);
    view.width = box.width;
    view.height = box.height;
    view.left = middle[0] - view.width / 2 / view.k;
    view.top = middle[1] + view.height / 2 / view.k;
    // What was shown whole stays whole.
    if (state.fitted) fit(state.fitted);
    draw();
    if (state.content) strip();
  };

  const draw = () => {
    const began = performance.now();
    drawPlate(pen.base, view, facts, state.palette);
    if (state.content) {
      if (state.scan.on) drawGhost(pen.base, view, state.content, state.palette);
      else drawVectors(pen.base, view, state.content, facts, state.palette, state.mode, state.times);
    }
    restartScanned();
    drawOver();
    stats.drawMs = performance.now() - began;
    stats.scale = view.k;
    stats.drawn = (stats.drawn || 0) + 1;
  };

  let due = 0;
  const drawSoon = () => {
    if (!due) due = requestAnimationFrame(() => { due = 0; draw(); });
  };

  const strip = () => {
    const box = canvas.strip.getBoundingClientRect();
    drawStrip(pen.strip, box.width, box.height, state);
  };

  const badgesNow = () => {
    const key = `${state.layer} ${state.mode}`;
    if (state.badgeKey !== key) {
      state.badgeKey = key;
      state.badgePlaces = state.content.count ? badgePlaces(state.content, facts, state.palette, state.mode) : [];
    }
    return state.badgePlaces;
  };

  const drawOver = () => {
    const ctx = pen.over;
    ctx.clearRect(0, 0, view.width, view.height);
    if (state.content && !state.scan.on) drawBadges(ctx, view, badgesNow(), state.palette);
    drawSelected(ctx);
    drawMeasure(ctx);
    if (state.drag && state.drag.box) {
      const { x0, y0, x1, y1 } = state.drag.box;
      ctx.setLineDash([6, 4]);
      ctx.strokeStyle = state.palette.accent;
      ctx.lineWidth = 2;
      ctx.strokeRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
      ctx.setLineDash([]);
    }
    if (state.scan.on) drawHeads(ctx);
    drawScaleBar(ctx, view, state.palette, speak);
  };

  const drawSelected = (ctx) => {
    if (state.selected < 0 || !state.content) return;
    const [x0, y0, x1, y1] = state.content.ends.subarray(4 * state.selected, 4 * state.selected + 4);
    for (const [colour, width] of [[state.palette.ground, 8], [state.palette.mark, 4]]) {
      ctx.beginPath();
      ctx.moveTo(view.x(x0), view.y(y0));
      ctx.lineTo(view.x(x1), view.y(y1));
      ctx.strokeStyle = colour;
      ctx.lineWidth = width;
      ctx.lineCap = "round";
      ctx.stroke();
    }
    ctx.lineCap = "butt";
  };

  const drawMeasure = (ctx) => {
    if (!state.measure) return;
    const [a, b] = state.measure.map(([x, y]) => [view.x(x), view.y(y)]);
    const length = Math.hypot(state.measure[1][0] - state.measure[0][0], state.measure[1][1] - state.measure[0][1]);
    const far = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    const [nx, ny] = [(-(b[1] - a[1]) / far) * 9, ((b[0] - a[0]) / far) * 9];
    for (const [colour, width] of [[state.palette.ground, 6], [state.palette.accent, 2.5]]) {
      ctx.beginPath();
      ctx.moveTo(...a);
      ctx.lineTo(...b);
      for (const end of [a, b]) {
        ctx.moveTo(end[0] - nx, end[1] - ny);
        ctx.lineTo(end[0] + nx, end[1] + ny);
      }
      ctx.strokeStyle = colour;
      ctx.lineWidth = width;
      ctx.stroke();
    }
    const text = speak.say("measured", { length: speak.number(length, length < 10 ? 3 : 2) });
    ctx.font = CHIP_FONT;
    // Beside the line, however it lies.
    const off = (Math.abs(nx) / 9) * (ctx.measureText(text).width / 2 + 12) + (Math.abs(ny) / 9) * 16 + 8;
    onGround(ctx, text, (a[0] + b[0]) / 2 + (nx / 9) * off, (a[1] + b[1]) / 2 + (ny / 9) * off, state.palette);
    stats.measured = length;
  };

  // Scanning: what is done stands on a canvas of its own, each frame adds to it.

  const restartScanned = () => {
    pen.scanned.clearRect(0, 0, view.width, view.height);
    state.scan.next = (state.content ? state.content.blocks : []).map((block) => block.first);
    if (state.scan.on) addScanned();
  };

  const addScanned = () => {
    const { content, times, mode, scan, palette } = state;
    const ctx = pen.scanned;
    const style = styling(mode === "time" ? "laser" : mode, content, facts, palette);
    content.blocks.forEach((block, b) => {
      const from = scan.next[b];
      if (from >= block.last || times.end[from] > scan.t) return;
      let to = from;
      while (to < block.last && times.end[to] <= scan.t) to++;
      scan.next[b] = to;
      ctx.lineWidth = widthOf(block, facts, view);
      if (mode !== "time") {
        ctx.strokeStyle = style(block).colour;
        ctx.beginPath();
        traced(ctx, content, view, from, to);
        ctx.stroke();
        return;
      }
      const stride = Math.max(1, Math.ceil((to - from) / BINS));
      for (let i = from; i < to; i += stride) {
        ctx.strokeStyle = mixed(palette.scale, times.end[i] / (times.whole || 1));
        ctx.beginPath();
        traced(ctx, content, view, i, Math.min(to, i + stride));
        ctx.stroke();
      }
    });
  };

  const drawHeads = (ctx) => {
    const { content, times, scan, palette } = state;
    const seen = new Set();
    stats.heads = [];
    content.blocks.forEach((block, b) => {
      const i = scan.next[b];
      if (seen.has(block.laser) || i >= block.last) return;
      seen.add(block.laser);
      const share = (scan.t - times.start[i]) / (times.end[i] - times.start[i] || 1);
      const [x0, y0, x1, y1] = content.ends.subarray(4 * i, 4 * i + 4);
      const at = Math.min(Math.max(share, 0), 1);
      const [x, y] = [view.x(x0 + at * (x1 - x0)), view.y(y0 + at * (y1 - y0))];
      const colour = palette.lasers[block.laser % palette.lasers.length];
      if (share > 0) {
        ctx.beginPath();
        ctx.moveTo(view.x(x0), view.y(y0));
        ctx.lineTo(x, y);
        ctx.strokeStyle = colour;
        ctx.lineWidth = Math.max(2, widthOf(block, facts, view));
        ctx.stroke();
      }
      const glow = ctx.createRadialGradient(x, y, 0, x, y, 16);
      glow.addColorStop(0, "rgba(255,240,180,1)");
      glow.addColorStop(0.3, "rgba(255,150,30,0.85)");
      glow.addColorStop(1, "rgba(255,90,0,0)");
      ctx.fillStyle = glow;
      ctx.beginPath();
      ctx.arc(x, y, 16, 0, 2 * Math.PI);
      ctx.fill();
      badge(ctx, x + 20, y - 20, String(block.laser + 1), colour, inkOn(colour), palette.ground);
      stats.heads.push({ laser: block.laser, x, y });
    });
  };

  const pace = () => {
    const chosen = node("pace").value;
    if (!chosen.startsWith("whole")) return Number(chosen);
    return (state.times.whole || 1) / Number(chosen.slice(5));
  };

  const setMoment = (t) => {
    const { scan, times } = state;
    const back = t < scan.t;
    scan.t = Math.min(Math.max(t, 0), times.whole);
    if (back) restartScanned();
    else addScanned();
    drawOver();
    node("moment").value = String(Math.round((1000 * scan.t) / (times.whole || 1)));
    const { momentOf, seconds } = speak;
    const now = speak.say("moment_of", { now: momentOf(scan.t, times.whole), whole: seconds(times.whole) });
    node("now").textContent = now;
    node("moment").setAttribute("aria-valuetext", now);
    const most = Math.max(...times.busy, 1e-9);
    for (const [i, fill] of root.querySelectorAll("#apv-lasers .apv-fill").entries()) {
      fill.style.width = `${(100 * Math.min(scan.t, times.busy[i])) / most}%`;
    }
    stats.moment = scan.t;
  };

  const frame = (stamp) => {
    const { scan } = state;
    if (!scan.running) return;
    // Those who want little motion see a still picture a second.
    const gap = (stamp - scan.stamp) / 1000;
    if (!reduced.matches || gap >= 1) {
      scan.stamp = stamp;
      stats.steps = (stats.steps || 0) + 1;
      setMoment(scan.t + Math.min(gap, reduced.matches ? 1.5 : 0.25) * pace());
      if (scan.t >= state.times.whole) scan.running = false;
      showScan();
    }
    requestAnimationFrame(frame);
  };

  const showScan = () => {
    const { scan } = state;
    node("scan").textContent = speak.say(scan.running ? "scan_pause" : "scan");
    node("scan").setAttribute("aria-pressed", String(scan.running));
    node("scan-end").hidden = !scan.on;
    node("moment-box").hidden = !scan.on;
  };

  const scanOrPause = () => {
    const { scan } = state;
    if (!state.content || !state.content.count) return;
    setPlaying(false);
    if (!scan.on) {
      scan.on = true;
      scan.t = 0;
      showScan();
      resize();
    }
    scan.running = !scan.running;
    if (scan.running) {
      if (scan.t >= state.times.whole) setMoment(0);
      scan.stamp = performance.now();
      requestAnimationFrame(frame);
    }
    setMoment(scan.t);
    showScan();
  };

  const endScan = () => {
    if (!state.scan.on) return;
    Object.assign(state.scan, { on: false, running: false, t: 0 });
    showScan();
    resize();
    describe();
  };

  // Layers

  let asked = 0;
  const show = async (place) => {
    const target = Math.min(Math.max(place, 0), count - 1);
    const mine = ++asked;
    const began = performance.now();
    const found = await loaded(target);
    if (mine !== asked) return;
    Object.assign(state, { layer: target, content: found.content, times: found.times, told: toldOf(target), selected: -1 });
    Object.assign(state.scan, { t: 0 });
    state.badgeKey = "";
    if (view.width > 1) draw();
    describe();
    if (state.scan.on) setMoment(0);
    Object.assign(stats, { layer: target, vectors: found.content.count, raw: found.times.raw, busy: found.times.busy });
    stats.told = state.told.lasers.map((one) => one.busy);
    stats.stepMs = performance.now() - began;
  };

  const describe = () => {
    const { layer, table: rows } = state;
    const number = speak.number(facts.layers.first + layer + 1);
    const z = speak.number(rows.top_mm[layer], 2);
    const all = speak.number(facts.layers.all);
    node("layer").textContent = speak.say("layer_of", { number, count: all });
    node("height").textContent = speak.say("height", { z });
    node("slider").value = String(layer + 1);
    const lasers = state.told.lasers.length > 1
      ? state.told.lasers.map((one, i) => speak.say("alt_laser", { number: i + 1, time: speak.seconds(one.busy) })).join(" ") : "";
    const alt = speak.say("alt", {
      number, count: all, z, lasers, vectors: speak.number(state.content.allVectors), time: speak.seconds(rows.exposure_s[layer]),
    });
    canvas.over.setAttribute("aria-label", alt.trim());
    const text = speak.say("layer_of", { number, count: all });
    for (const one of [canvas.strip, node("slider")]) {
      one.setAttribute("aria-valuenow", String(layer + 1));
      one.setAttribute("aria-valuetext", `${text}, ${speak.say("height", { z })}`);
    }
    thinNote();
    node("legend").replaceChildren(...legendRows(state));
    drawTimes({ time: node("time"), stack: node("stack"), causes: node("causes"), lasers: node("lasers"), lasersBox: node("lasers-box") }, state);
    showVector();
    strip();
  };

  const nth = (number) => {
    if (speak.lang !== "en") return `${number}.`;
    const tail = number % 100 >= 11 && number % 100 <= 13 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[number % 10] || "th";
    return `${number}${tail}`;
  };

  const thinNote = () => {
    const every = state.table.every[state.layer];
    const chip = node("thin");
    chip.hidden = every === 1 && state.content.count > 0;
    if (!state.content.count) chip.textContent = speak.say("no_vectors");
    else if (every !== 1) chip.textContent = every ? speak.say("thinned", { nth: nth(every) }) : speak.say("contours_only");
    stats.every = every;
  };

  const noteText = () => {
    const { thinning, layers } = facts;
    const found = [];
    if (layers.count !== layers.all) {
      found.push(speak.say("note_layers", {
        first: speak.number(layers.first + 1), last: speak.number(layers.first + layers.count), count: speak.number(layers.all),
      }));
    }
    if (thinning.is_thinned) {
      const places = { full: speak.number(thinning.full), count: speak.number(layers.count), nth: nth(thinning.thinnest) };
      found.push(speak.say(thinning.thinnest ? "note_thinned" : "note_contours", places), speak.say("times_scaled"));
    }
    if (thinning.over_mb) found.push(speak.say("note_over", { budget: speak.number(thinning.over_mb, 1) }));
    return found.join(" ");
  };

  const showVector = () => {
    const has = state.selected >= 0;
    node("vector-hint").hidden = has;
    node("vector").replaceChildren();
    stats.selected = null;
    hint();
    if (!has) return;
    const values = vectorValues(state, state.selected);
    node("vector").replaceChildren(...vectorRows(state, values));
    const { region, laser, part } = values.block;
    const { power, speed, length, duration, begins, energy } = values;
    stats.selected = { region, laser, part, power, speed, length, duration, begins, energy };
  };

  const speakAll = () => {
    root.lang = speak.lang;
    for (const one of root.querySelectorAll("[data-apv]")) one.textContent = speak.say(one.dataset.apv);
    for (const one of root.querySelectorAll("[data-apv-label]")) {
      const text = speak.say(one.dataset.apvLabel);
      one.setAttribute("aria-label", text);
      if (one.tagName === "BUTTON") one.title = text;
    }
    const { machine, layers } = facts;
    node("name").textContent = facts.name;
    node("about").textContent = speak.say("head", {
      machine: machine.name, material: facts.material, thickness: speak.number(facts.thickness_mm * 1000), vectors: speak.number(facts.vectors),
    });
    node("flag").textContent = speak.say("uncalibrated");
    node("flag").hidden = !facts.uncalibrated;
    node("imprint").textContent = speak.say("imprint", { version: facts.version, job: facts.job });
    node("note").textContent = noteText();
    canvas.strip.setAttribute("aria-label", speak.say("strip_help"));
    canvas.strip.setAttribute("aria-valuemax", String(layers.count));
    for (const [name, key] of [["gas", "gas_flow"], ["recoater", "recoater"]]) {
      const { way, assumed } = machine[name];
      const text = speak.say(key);
      node(name).querySelector("span").textContent = assumed ? speak.say("assumed", { what: text }) : text;
      node(name).querySelector("svg").style.transform = `rotate(${{ "+x": 0, "+y": -90, "-x": 180, "-y": 90 }[way] || 0}deg)`;
      node(name).hidden = !(way in { "+x": 0, "+y": 0, "-x": 0, "-y": 0 });
    }
    const paces = [["pace_whole", { seconds: 10 }], ["pace_whole", { seconds: 30 }], ["pace_real"], ["pace_times", { number: 5 }], ["pace_times", { number: 20 }]];
    paces.forEach(([key, places], i) => (node("pace").options[i].textContent = speak.say(key, places)));
    node("lang").value = speak.lang;
    stats.lang = speak.lang;
    hint();
    showScan();
    showPlaying();
    if (state.content) describe();
    if (state.scan.on) setMoment(state.scan.t);
  };

  const setLanguage = (lang) => {
    speak.lang = lang;
    speakAll();
    drawOver();
    root.dispatchEvent(new CustomEvent("apv-language", { detail: speak.lang, bubbles: true }));
  };

  const setTheme = (theme) => {
    root.dataset.theme = theme;
    state.palette = facts.palettes[theme];
    state.badgeKey = "";
    stats.theme = theme;
    root.dispatchEvent(new CustomEvent("apv-theme", { detail: theme, bubbles: true }));
    if (state.content) {
      draw();
      describe();
    }
  };

  const setMode = (mode) => {
    state.mode = mode;
    stats.mode = mode;
    root.querySelector(`input[name="apv-colour"][value="${mode}"]`).checked = true;
    if (!state.content) return;
    draw();
    describe();
  };

  const setTool = (tool) => {
    state.tool = state.tool === tool ? "" : tool;
    // Pressing it again takes the line away.
    if (tool === "measure" && state.tool === "") state.measure = null;
    for (const name of ["measure", "box"]) node(name).setAttribute("aria-pressed", String(state.tool === name));
    if (state.tool) canvas.over.dataset.tool = state.tool;
    else delete canvas.over.dataset.tool;
    hint();
    drawOver();
  };

  const hint = () => {
    const key = { measure: "measure_hint", box: "box_hint" }[state.tool];
    const told = key && !(state.tool === "measure" && state.measure) ? speak.say(key) : "";
    node("hint").textContent = told || (state.selected >= 0 ? vectorLine(state, vectorValues(state, state.selected)) : "");
  };

  // Playing layers

  let timer = 0;
  const setPlaying = (on) => {
    clearInterval(timer);
    state.playing = on;
    showPlaying();
    if (!on) return;
    endScan();
    if (state.layer === count - 1) show(0);
    const seconds = reduced.matches ? 1 : Math.min(0.25, Math.max(1 / 25, 20 / count));
    let busy = false;
    timer = setInterval(async () => {
      if (busy) return;
      if (state.layer >= count - 1) {
        setPlaying(false);
        return;
      }
      busy = true;
      await show(state.layer + 1);
      busy = false;
    }, seconds * 1000);
  };

  const showPlaying = () => {
    const text = speak.say(state.playing ? "pause" : "play");
    node("play").title = text;
    node("play").setAttribute("aria-label", text);
    node("play-sign").setAttribute("d", state.playing ? "M6 5h4v14H6zM14 5h4v14h-4z" : "M7 4l13 8-13 8z");
    stats.playing = state.playing;
  };

  const go = (place) => {
    setPlaying(false);
    return show(place);
  };

  // View

  const fit = (bounds) => {
    const [x0, y0, x1, y1] = bounds;
    state.fitted = bounds;
    // Tools stand on the left, the scale bar and the arrows below.
    const [left, right, top, bottom] = [70, 20, 24, Math.min(76, 0.2 * view.height)];
    const wide = Math.max(x1 - x0, 1e-3);
    const high = Math.max(y1 - y0, 1e-3);
    const k = Math.min((view.width - left - right) / wide, (view.height - top - bottom) / high);
    view.k = Math.min(Math.max(k, 0.05), 4000);
    view.left = (x0 + x1) / 2 - (view.width + left - right) / 2 / view.k;
    view.top = (y0 + y1) / 2 + (view.height + top - bottom) / 2 / view.k;
    drawSoon();
    stats.scale = view.k;
  };

  const fitPlate = () => fit(facts.machine.bounds);

  const zoom = (factor, px = view.width / 2, py = view.height / 2) => {
    const [x, y] = [view.atX(px), view.atY(py)];
    state.fitted = null;
    view.k = Math.min(Math.max(view.k * factor, 0.05), 4000);
    view.left = x - px / view.k;
    view.top = y + py / view.k;
    drawSoon();
    stats.scale = view.k;
  };

  const pan = (dx, dy) => {
    state.fitted = null;
    view.left -= dx / view.k;
    view.top += dy / view.k;
    drawSoon();
  };

  const pick = (px, py) => {
    const { content } = state;
    let best = -1;
    let least = 12 / view.k;
    const x = view.atX(px);
    const y = view.atY(py);
    for (let i = 0; i < content.count; i++) {
      const x0 = content.ends[4 * i];
      const y0 = content.ends[4 * i + 1];
      const dx = content.ends[4 * i + 2] - x0;
      const dy = content.ends[4 * i + 3] - y0;
      const share = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
      const far = Math.hypot(x0 + share * dx - x, y0 + share * dy - y);
      if (far < least) [best, least] = [i, far];
    }
    state.selected = best;
    showVector();
    drawOver();
  };

  // Mouse and fingers

  const pointers = new Map();
  const placeOf = (event) => {
    const box = canvas.over.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return { far: Math.hypot(a[0] - b[0], a[1] - b[1]), x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2 };
  };

  canvas.over.addEventListener("pointerdown", (event) => {
    canvas.over.setPointerCapture(event.pointerId);
    const [x, y] = placeOf(event);
    pointers.set(event.pointerId, [x, y]);
    if (pointers.size === 2) {
      state.drag = { pinch: spread() };
      return;
    }
    state.drag = { x, y, from: [x, y], moved: false };
    if (state.tool === "box") state.drag.box = { x0: x, y0: y, x1: x, y1: y };
    if (state.tool === "measure") state.drag.line = [view.atX(x), view.atY(y)];
  });

  canvas.over.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId) || !state.drag) return;
    const [x, y] = placeOf(event);
    pointers.set(event.pointerId, [x, y]);
    const { drag } = state;
    if (drag.pinch) {
      if (pointers.size < 2) return;
      const now = spread();
      zoom(now.far / (drag.pinch.far || 1), now.x, now.y);
      pan(now.x - drag.pinch.x, now.y - drag.pinch.y);
      drag.pinch = now;
      return;
    }
    if (Math.hypot(x - drag.from[0], y - drag.from[1]) > 4) drag.moved = true;
    if (drag.box) {
      Object.assign(drag.box, { x1: x, y1: y });
      drawOver();
    } else if (drag.line) {
      if (drag.moved) state.measure = [drag.line, [view.atX(x), view.atY(y)]];
      drawOver();
    } else if (drag.moved) {
      pan(x - drag.x, y - drag.y);
    }
    drag.x = x;
    drag.y = y;
  });

  const lifted = (event) => {
    if (!pointers.delete(event.pointerId) || !state.drag) return;
    const { drag } = state;
    if (drag.pinch) {
      if (!pointers.size) state.drag = null;
      return;
    }
    state.drag = null;
    if (event.type === "pointercancel") return;
    if (drag.box) {
      const { x0, y0, x1, y1 } = drag.box;
      if (Math.abs(x1 - x0) > 6 && Math.abs(y1 - y0) > 6) {
        fit([view.atX(Math.min(x0, x1)), view.atY(Math.max(y0, y1)), view.atX(Math.max(x0, x1)), view.atY(Math.min(y0, y1))]);
        setTool("box");
      }
      drawOver();
    } else if (drag.line) {
      hint();
    } else if (!drag.moved && state.content) {
      pick(...drag.from);
    }
  };
  canvas.over.addEventListener("pointerup", lifted);
  canvas.over.addEventListener("pointercancel", lifted);
  canvas.over.addEventListener("dblclick", (event) => zoom(2, ...placeOf(event)));

  const inPage = document.body.classList.contains("apv-page");
  canvas.over.addEventListener("wheel", (event) => {
    // Inside of a longer page the wheel goes on scrolling it, until the picture is clicked.
    if (!inPage && !event.ctrlKey && document.activeElement !== canvas.over) return;
    event.preventDefault();
    const step = event.deltaMode === 1 ? 24 * event.deltaY : event.deltaY;
    zoom(Math.exp(-Math.min(Math.max(step, -300), 300) / 400), ...placeOf(event));
  }, { passive: false });

  let scrubbing = false;
  const scrub = (event) => {
    const box = canvas.strip.getBoundingClientRect();
    go(stripLayer(event.clientX - box.left, count, box.width));
  };
  canvas.strip.addEventListener("pointerdown", (event) => {
    canvas.strip.setPointerCapture(event.pointerId);
    scrubbing = true;
    scrub(event);
  });
  canvas.strip.addEventListener("pointermove", (event) => scrubbing && scrub(event));
  for (const end of ["pointerup", "pointercancel"]) canvas.strip.addEventListener(end, () => (scrubbing = false));

  // Keys

  const actions = {
    ArrowRight: () => go(state.layer + 1), ArrowUp: () => go(state.layer + 1),
    ArrowLeft: () => go(state.layer - 1), ArrowDown: () => go(state.layer - 1),
    PageUp: () => go(state.layer + 10), PageDown: () => go(state.layer - 10),
    Home: () => go(0), End: () => go(count - 1),
    "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: () => fit(state.bounds),
    p: () => setPlaying(!state.playing), s: scanOrPause, m: () => setTool("measure"), r: () => setTool("box"),
    1: () => setMode("region"), 2: () => setMode("laser"), 3: () => setMode("time"), 4: () => setMode("energy"),
    Escape: () => {
      state.measure = null;
      state.selected = -1;
      if (state.tool) setTool(state.tool);
      endScan();
      showVector();
      drawOver();
    },
  };
  const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (!inPage && !root.contains(document.activeElement)) return;
    const field = event.target.closest && event.target.closest("select, input");
    if (field && event.key !== "Escape" && !/^[a-z]$/.test(event.key)) return;
    if (field && field.tagName === "SELECT") return;
    const move = event.shiftKey && moves[event.key];
    const action = move ? () => pan(...move) : actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  // Controls

  const clicks = {
    first: () => go(0), previous: () => go(state.layer - 1), next: () => go(state.layer + 1), last: () => go(count - 1),
    play: () => setPlaying(!state.playing), scan: scanOrPause, "scan-end": endScan,
    "zoom-in": () => zoom(1.4), "zoom-out": () => zoom(1 / 1.4), "zoom-part": () => fit(state.bounds), "zoom-plate": fitPlate,
    measure: () => setTool("measure"), box: () => setTool("box"),
    theme: () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"),
  };
  for (const [name, action] of Object.entries(clicks)) node(name).addEventListener("click", action);
  node("slider").max = String(count);
  node("slider").addEventListener("input", (event) => go(Number(event.target.value) - 1));
  node("moment").addEventListener("input", (event) => {
    state.scan.running = false;
    showScan();
    setMoment((Number(event.target.value) / 1000) * state.times.whole);
  });
  node("lang").addEventListener("change", (event) => setLanguage(event.target.value));
  for (const one of root.querySelectorAll('input[name="apv-colour"]')) one.addEventListener("change", () => setMode(one.value));
  // Paper is white.
  let onScreen = "";
  addEventListener("beforeprint", () => {
    onScreen = root.dataset.theme;
    setTheme("light");
  });
  addEventListener("afterprint", () => setTheme(onScreen || root.dataset.theme));
  dark.addEventListener("change", () => setTheme(dark.matches ? "dark" : "light"));

  state.bounds = facts.bounds;
  state.fitted = state.bounds;
  root.dataset.theme = dark.matches ? "dark" : "light";
  state.palette = facts.palettes[root.dataset.theme];
  Object.assign(stats, { theme: root.dataset.theme, mode: state.mode, count, reduced: reduced.matches });
  speakAll();
  await show(0);
  resize();
  new ResizeObserver(resize).observe(node("stage"));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  Object.assign(stats, { ready: true, firstLayerMs: performance.now() });
  root.dataset.ready = "yes";
  window.apv = { setLanguage, setTheme, show: go };
};

const fail = (error) => {
  let words = { too_old: "", damaged: "" };
  try {
    const { facts } = opened();
    words = facts.words[facts.lang];
  } catch (_nothing) { /* the page says what it can */ }
  const text = typeof DecompressionStream === "undefined" ? words.too_old : words.damaged;
  node("hint").textContent = text || String(error);
  root.dataset.ready = "no";
  stats.error = String(error);
};

start().catch(fail);
