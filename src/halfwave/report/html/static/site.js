// One site in full: opened by its address (#site-12), so links, the back button and bookmarks work.

const site = { data: null, blocks: new Map(), at: null };

function startSite() {
  window.addEventListener("hashchange", () => follow());
  byId("rows").addEventListener("change", () => refill("heat-map"));
}

function follow(moved = true) {
  const rule = location.hash.match(/^#rule-/) && byId(decodeURIComponent(location.hash.slice(1)));
  if (rule) rule.open = true;
  const found = location.hash.match(/^#site-(\d+)$/);
  const at = found ? Number(found[1]) : null;
  if (at !== null && at < site.data.sites.path.length) return openSite(at, moved);
  if (location.hash === "#sites" || location.hash === "") {
    site.at = null;
    byId("site").hidden = true;
  }
  return null;
}

async function detail(at) {
  const size = site.data.block;
  const block = Math.floor(at / size);
  if (!site.blocks.has(block)) {
    const element = document.querySelectorAll("script.detail")[block];
    site.blocks.set(block, unpack(element.textContent));
  }
  return takeApart((await site.blocks.get(block))[at % size]);
}

async function openSite(at, moved) {
  const found = await detail(at);
  site.at = at;
  byId("site").hidden = false;
  byId("title-site").textContent = site.data.sites.path[at];
  writeFacts(at, found);
  fillHeat(found);
  fillInputs(found);
  fillHistograms(found);
  fillSeries(found);
  writeDead(found);
  if (moved) {
    byId("title-site").focus({ preventScroll: true });
    byId("site").scrollIntoView();
  }
}

const SERIES = ["open", "zeros", "std", "absmax", "grad_rms"];
const PLACES = ["low", "high", "minimum", "maximum"];
const BESIDE = ["step", "below", "above", "zeros", "nonfinite"];

/** Rows of an array under their names, as report/html/detail.py has put them together. */
function named(array, names) {
  return Object.fromEntries(names.map((name, at) => [name, row(array, at)]));
}

function takeApart(found) {
  const histograms = (side) => ({ ...named(side.places, PLACES), ...named(side.beside, BESIDE), counts: side.counts });
  const { heat, dead } = found;
  return {
    ...found,
    ...named(found.steps, ["first_step", "last_step"]),
    ...named(found.series, SERIES),
    heat: heat && heat.steps ? { share: heat.share, ...named(heat.steps, ["first_step", "last_step"]), ...named(heat.units, ["first_unit", "last_open"]) } : null,
    dead: dead.count ? { ...dead, ...named(dead.units, ["unit", "last_open", "first_open", "closed_run"]) } : dead,
    inputs: histograms(found.inputs),
    outputs: histograms(found.outputs),
  };
}

function writeFacts(at, found) {
  const s = site.data.sites;
  const settings = Object.entries(found.parameters).map(([name, value]) => `${name}=${value}`);
  const facts = [
    ["Activation", `${s.activation[at]}${settings.length ? ` (${settings.join(", ")})` : ""}`],
    ["Called as", `${found.call || MISSING}${found.inplace ? ", in place" : ""}`],
    ["Source", `${s.where[at]}${found.function ? `, in ${found.function}` : ""}`],
    ["Fed by", found.producer ?? MISSING],
    ["Role", s.role[at]],
    ["Output", `${found.shape.join(" × ") || MISSING} ${found.dtype}`],
    ["Units", count(s.units[at])],
    ["Dead", s.dead[at] < 0 ? "not judged" : `${count(s.dead[at])}`],
    ["Closed", percent(s.closed[at])],
    ["Zeros", percent(s.zeros[at])],
    ["Inputs seen", count(s.inputs[at])],
    ["Largest output", number(s.absmax[at])],
    ["Not finite", count(s.nonfinite[at])],
    ["Calls watched", count(found.calls)],
  ];
  byId("site-facts").replaceChildren(...facts.map(([name, words]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, words))));
}

function caption(name, words) {
  byId(`caption-${name}`).textContent = words;
}

function fillHeat({ heat }) {
  if (!heat || !heat.share.length) return chart("heat-map", null, null);
  const [groups, times] = heat.share.shape;
  const unit = (at) => heat.first_unit[at];
  const lastUnit = (at) => (at + 1 < groups ? heat.first_unit[at + 1] - 1 : site.data.sites.units[site.at] - 1);
  const units = (at) => (unit(at) >= lastUnit(at) ? count(unit(at)) : `${count(unit(at))} – ${count(lastUnit(at))}`);
  const open = Array.from({ length: groups }, (_, at) => row(heat.share, at).reduce((sum, value) => sum + value, 0) / times / 255);
  const seen = (at) => (heat.last_open[at] < 0 ? "never" : count(heat.last_open[at]));
  const filler = (parts) => {
    const order = Array.from({ length: groups }, (_, at) => at);
    const by = byId("rows").value;
    if (by === "death") order.sort((a, b) => heat.last_open[a] - heat.last_open[b] || a - b);
    if (by === "open") order.sort((a, b) => open[a] - open[b] || a - b);
    const cells = { left: [], right: [], top: [], bottom: [], share: [], units: [], steps: [], last_open: [] };
    const right = (time) => (time + 1 < times ? heat.first_step[time + 1] : heat.last_step[time] + 1);
    order.forEach((group, place) => {
      row(heat.share, group).forEach((value, time) => {
        cells.left.push(heat.first_step[time]);
        cells.right.push(right(time));
        cells.top.push(groups - place);
        cells.bottom.push(groups - place - 1);
        cells.share.push((value / 255) * 100);
        cells.units.push(units(group));
        cells.steps.push(steps(heat.first_step[time], heat.last_step[time]));
        cells.last_open.push(seen(group));
      });
    });
    parts.put("cells", cells);
    parts.figure.x_range.setv({ start: heat.first_step[0], end: right(times - 1) });
    parts.figure.y_range.setv({ start: 0, end: groups });
    parts.y.axis_label = { unit: "unit", death: "units, the first to die on top", open: "units, the least open on top" }[by];
    const every = Math.max(Math.ceil(groups / 8), 1);
    const names = new Map();
    for (let at = 0; at < groups; at += every) names.set(groups - at - 0.5, by === "unit" ? count(unit(at)) : "");
    label(parts.y, names);
  };
  chart("heat-map", filler, () => [
    ["units", "open on", "last open at step"],
    Array.from({ length: groups }, (_, at) => [units(at), percent(open[at]), seen(at)]),
  ]);
  const shut = open.filter((share) => share === 0).length;
  const never = shut ? `${count(shut)} never open` : "each open at some time";
  const grouped = lastUnit(0) > unit(0) ? " A row is the mean of neighbouring units." : "";
  caption("heat-map", `${count(groups)} rows over ${count(times)} samples of time, ${never}.${grouped}`);
}

function edges(histograms, at) {
  const bins = histograms.counts.shape[1];
  const wide = (histograms.high[at] - histograms.low[at]) / bins;
  return { bins, wide, left: (bin) => histograms.low[at] + bin * wide };
}

function total(histograms, at) {
  const inside = row(histograms.counts, at).reduce((sum, value) => sum + value, 0);
  return inside + histograms.below[at] + histograms.above[at] + histograms.zeros[at] + histograms.nonfinite[at];
}

function toOne(values) {
  const highest = values.reduce((most, value) => Math.max(most, value), 0) || 1;
  return values.map((value) => value / highest);
}

function fillInputs(found) {
  const { inputs, curve: which } = found;
  const curve = site.data.curves[which];
  if (!curve) return chart("activation-inputs", null, null);
  const last = inputs.step.length - 1;
  const bars = { left: [], right: [], top: [], span: [], share: [] };
  const first = { x: [], y: [] };
  if (last >= 0 && Number.isFinite(inputs.low[last])) {
    const { left } = edges(inputs, last);
    row(inputs.counts, last).forEach((value, bin) => {
      bars.left.push(left(bin));
      bars.right.push(left(bin + 1));
      bars.top.push(value);
      bars.span.push(`${number(left(bin))} to ${number(left(bin + 1))}`);
      bars.share.push(percent(value / total(inputs, last)));
    });
    if (last > 0 && Number.isFinite(inputs.low[0])) {
      const start = edges(inputs, 0);
      row(inputs.counts, 0).forEach((value, bin) => {
        first.x.push(start.left(bin), start.left(bin + 1));
        first.y.push(value, value);
      });
    }
    // each step to its own height: what counts is where the inputs lie, not how many they are
    bars.top = toOne(bars.top);
    first.y = toOne(first.y);
    caption("activation-inputs", closedWords(curve, inputs, last, found));
  } else caption("activation-inputs", "No inputs were recorded.");
  const filler = (parts) => {
    parts.put("curve", { x: Array.from(curve.x), y: Array.from(curve.y) });
    parts.put("slope", { x: Array.from(curve.slope_x), y: Array.from(curve.slope_y) });
    parts.put("closed", { left: curve.closed.map(([low]) => low), right: curve.closed.map(([, high]) => high) });
    parts.put("bars", bars);
    parts.put("first", first);
    const [start, end] = [curve.x[0], curve.x[curve.x.length - 1]];
    parts.figure.x_range.setv({ start, end, reset_start: start, reset_end: end });
    parts.find("curve").glyph.line_color = colour("ink");
    parts.find("slope").glyph.line_color = colour("faint");
    parts.find("bars").glyph.fill_color = colour("line-1");
    parts.find("first").glyph.line_color = colour("early");
    parts.find("closed").glyph.fill_color = colour("error");
  };
  chart("activation-inputs", filler, () => [
    ["inputs", "share"],
    bars.span.map((span, at) => [span, bars.share[at]]),
  ]);
}

function closedWords(curve, inputs, at, found) {
  const shut = 1 - found.open[found.open.length - 1];
  const where = curve.closed.length ? `; ${percent(shut)} of the elements were closed at the end` : "; it is closed nowhere in this range";
  return `${curve.name} at step ${count(inputs.step[at])}: inputs from ${number(inputs.minimum[at])} to ${number(inputs.maximum[at])}${where}.`;
}

function fillHistograms({ outputs }) {
  const all = outputs.step.length;
  if (!all) return chart("histograms", null, null);
  const share = (at) => outputs.zeros[at] / total(outputs, at);
  const filler = (parts) => {
    const ridges = { xs: [], ys: [], color: [], step: [], zeros: [] };
    const sticks = { x: [], y0: [], y1: [], color: [], step: [], zeros: [] };
    for (let at = all - 1; at >= 0; at--) { // the first is in front
      const base = all - 1 - at;
      const tint = ramp(at / Math.max(all - 1, 1));
      const words = { color: tint, step: count(outputs.step[at]), zeros: percent(share(at)) };
      const counts = row(outputs.counts, at);
      const highest = counts.reduce((most, value) => Math.max(most, value), 0);
      if (Number.isFinite(outputs.low[at]) && highest) {
        const { bins, left } = edges(outputs, at);
        const xs = [left(0)];
        const ys = [base];
        counts.forEach((value, bin) => {
          const high = base + (0.9 * value) / highest;
          xs.push(left(bin), left(bin + 1));
          ys.push(high, high);
        });
        ridges.xs.push([...xs, left(bins)]);
        ridges.ys.push([...ys, base]);
        for (const name of Object.keys(words)) ridges[name].push(words[name]);
      }
      if (outputs.zeros[at]) {
        sticks.x.push(0);
        sticks.y0.push(base);
        sticks.y1.push(base + 0.9 * share(at));
        for (const name of Object.keys(words)) sticks[name].push(words[name]);
      }
    }
    parts.put("ridges", ridges);
    parts.put("sticks", sticks);
    label(parts.y, new Map(Array.from({ length: all }, (_, at) => [all - 1 - at, count(outputs.step[at])])));
  };
  chart("histograms", filler, () => [
    ["step", "smallest", "largest", "exactly 0", "not finite"],
    Array.from({ length: all }, (_, at) => [
      count(outputs.step[at]), number(outputs.minimum[at]), number(outputs.maximum[at]), percent(share(at)),
      count(outputs.nonfinite[at]),
    ]),
  ]);
  const end = all - 1;
  caption("histograms", `From step ${count(outputs.step[0])} on top to step ${count(outputs.step[end])} below; there the outputs went from ${number(outputs.minimum[end])} to ${number(outputs.maximum[end])}, ${percent(share(end))} of them exactly 0.`);
}

function fillSeries(found) {
  const opposite = found.open.map((value) => 1 - value);
  overTime("shares", found, [["closed", opposite], ["exactly 0", found.zeros]], false);
  overTime("scales", found, [["standard deviation", found.std], ["largest", found.absmax]], true);
  overTime("gradients", found, [["root mean square", found.grad_rms]], true);
}

function overTime(name, found, series, log) {
  const drawable = (value) => Number.isFinite(value) && (!log || value > 0);
  const known = series.filter(([, values]) => values.some(drawable));
  if (!known.length) return chart(name, null, null);
  const middle = Array.from(found.first_step, (first, at) => (first + found.last_step[at]) / 2);
  const filler = (parts) => {
    const lines = { xs: [], ys: [], color: [], name: [] };
    const points = { x: [], y: [], step: [], name: [], value: [], color: [] };
    known.forEach(([words, values], which) => {
      const tint = colour(LINES[which]);
      lines.xs.push(middle);
      lines.ys.push(Array.from(values, (value) => (drawable(value) ? value : NaN)));
      lines.color.push(tint);
      lines.name.push(words);
      values.forEach((value, at) => {
        if (!drawable(value)) return;
        points.x.push(middle[at]);
        points.y.push(value);
        points.step.push(steps(found.first_step[at], found.last_step[at]));
        points.name.push(words);
        points.value.push((log ? number : percent)(value));
        points.color.push(tint);
      });
    });
    parts.put("lines", lines);
    parts.put("points", points);
  };
  chart(name, filler, () => [
    ["steps", ...known.map(([words]) => words)],
    middle.map((_, at) => [steps(found.first_step[at], found.last_step[at]), ...known.map(([, values]) => (log ? number : percent)(values[at]))]),
  ]);
  const end = found.first_step.length - 1;
  const legend = known.map(([words, values], which) => {
    const swatch = make("span", { class: `swatch ${LINES[which]}` });
    return make("span", { class: "key" }, swatch, ` ${words} ${(log ? number : percent)(values[end])} at the end`);
  });
  byId(`caption-${name}`).replaceChildren(...legend);
}

function writeDead({ dead, judged }) {
  const place = byId("dead");
  if (!dead.count) {
    const s = site.data.sites;
    const words = s.dead[site.at] < 0 || !judged ? "The units of this site are not judged, or too little of them was seen." : "No unit is dead.";
    place.replaceChildren(make("p", {}, words));
    return;
  }
  const rows = Array.from(dead.unit, (unit, at) => [
    count(unit), dead.last_open[at] < 0 ? "never" : count(dead.last_open[at]),
    dead.first_open[at] < 0 ? "never" : count(dead.first_open[at]), percent(dead.open_share[at]), count(dead.closed_run[at]),
  ]);
  const found = tableOf("Dead units, those that died first on top",
    ["unit", "last open at step", "first open at step", "open on", "inputs closed since"], rows, 1000);
  const more = dead.count - rows.length;
  if (more > 0) found.push(make("p", { class: "note" }, `… and ${count(more)} more`));
  place.replaceChildren(...found);
}
