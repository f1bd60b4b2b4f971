// The charts of the whole network: loss, learning rate, and quantities by depth.

const LINES = ["line-1", "line-2", "line-3", "line-4", "line-5", "line-6"];
const EVENT_COLOURS = { died: "error", spike: "warning", nonfinite: "error" };
const chosen = { steps: null, "update-steps": null };
const USUAL_RATIO = 1e-3;

function fillNetwork(data) {
  fillLosses(data.losses, data.events);
  fillRates(data.rates);
  const depth = data.sites.depth;
  const names = data.sites.path;
  stepBoxes("steps", depth.steps, () => fillDepth(data));
  stepBoxes("update-steps", data.parameters.steps, () => fillDepth(data));
  fillDepth(data, names);
}

function fillDepth(data) {
  const { depth, path } = data.sites;
  byDepth("gradient-flow", "steps", depth.steps, depth.grad_rms, path, true);
  byDepth("signal-scale", "steps", depth.steps, depth.std, path, true);
  byDepth("sparsity", "steps", depth.steps, depth.zeros, path, false);
  const { steps: at, update_ratio: ratio, path: names } = data.parameters;
  byDepth("update-ratios", "update-steps", at, ratio, names, true);
}

/** Boxes to choose steps with; they are the legend of the charts too. */
function stepBoxes(id, all, act) {
  const field = byId(id);
  if (chosen[id] === null || chosen[id].all !== all.length) {
    const spread = all.length <= 4 ? all.map((_, at) => at) : [0, 1, 2, 3].map((at) => Math.round((at * (all.length - 1)) / 3));
    chosen[id] = { all: all.length, on: new Set(spread) };
  }
  const on = chosen[id].on;
  const boxes = all.map((step, at) => {
    const box = make("input", { type: "checkbox" });
    box.checked = on.has(at);
    box.addEventListener("change", () => {
      if (box.checked) on.add(at);
      else on.delete(at);
      act();
    });
    const swatch = make("span", { class: "swatch" });
    swatch.style.backgroundColor = ramp(at / Math.max(all.length - 1, 1));
    return make("label", {}, box, swatch, ` ${count(step)}`);
  });
  field.replaceChildren(field.querySelector("legend"), ...boxes);
  field.hidden = all.length < 2;
}

onTheme.push(() => {
  for (const id of Object.keys(chosen)) {
    const swatches = byId(id).querySelectorAll(".swatch");
    swatches.forEach((swatch, at) => {
      swatch.style.backgroundColor = ramp(at / Math.max(swatches.length - 1, 1));
    });
  }
});

function byDepth(name, boxes, all, matrix, paths, log) {
  if (!paths.length || !all.length || matrix.every((value) => Number.isNaN(value))) return chart(name, null, null);
  const shown = [...chosen[boxes].on].sort((a, b) => a - b);
  const drawable = (value) => !Number.isNaN(value) && Number.isFinite(value) && (!log || value > 0);
  const filler = (parts) => {
    const lines = { xs: [], ys: [], color: [], step: [], width: [] };
    const empty = () => ({ x: [], y: [], path: [], step: [], value: [], color: [] });
    const points = empty();
    const zeros = empty();
    const known = shown.flatMap((at) => Array.from(row(matrix, at)).filter((value) => value > 0 && Number.isFinite(value)));
    const floor = known.reduce((low, value) => Math.min(low, value), Infinity) / 10;
    for (const at of shown) {
      const values = row(matrix, at);
      const tint = ramp(at / Math.max(all.length - 1, 1));
      lines.xs.push(Array.from(values, (_, x) => x));
      lines.ys.push(Array.from(values, (value) => (drawable(value) ? value : NaN)));
      lines.color.push(tint);
      lines.step.push(count(all[at]));
      lines.width.push(at === shown[shown.length - 1] ? 2.5 : 1.5);
      values.forEach((value, x) => {
        const zero = log && value === 0;
        if (!zero && !drawable(value)) return;
        const into = zero ? zeros : points;
        into.x.push(x);
        into.y.push(zero ? (Number.isFinite(floor) ? floor : 1) : value);
        into.path.push(paths[x]);
        into.step.push(count(all[at]));
        into.value.push(zero ? "exactly 0" : number(value));
        into.color.push(tint);
      });
    }
    parts.put("lines", lines);
    parts.put("points", points);
    parts.put("zeros", zeros);
    parts.find("points").glyph.size = { value: paths.length > 1000 ? 2 : paths.length > 150 ? 4 : 6 };
    if (name === "update-ratios") parts.put("guide", { y: [USUAL_RATIO] });
    depthAxis(parts, paths);
  };
  chart(name, filler, () => [
    ["site", ...shown.map((at) => `step ${count(all[at])}`)],
    paths.map((path, x) => [path, ...shown.map((at) => (log ? number : percent)(row(matrix, at)[x]))]),
  ]);
}

function depthAxis(parts, paths) {
  const longest = paths.reduce((length, path) => Math.max(length, path.length), 0);
  const narrow = document.documentElement.clientWidth < 600;
  if (paths.length <= (narrow ? 4 : 14) && longest <= 34) {
    label(parts.x, new Map(paths.map((path, at) => [at, path])));
    parts.x.major_label_orientation = paths.length > 4 || narrow ? 0.6 : "horizontal";
  } else {
    numbered(parts.x, paths.length - 1);
    parts.x.major_label_orientation = "horizontal";
  }
}

function fillLosses(losses, events) {
  if (!losses.length) return chart("loss", null, null);
  const middle = (loss, at) => (loss.first_step[at] + loss.last_step[at]) / 2;
  const rows = losses.flatMap((loss) => Array.from(loss.mean, (mean, at) => [loss, at, mean]));
  const filler = (parts) => {
    const lines = { xs: [], ys: [], color: [], name: [] };
    losses.forEach((loss, which) => {
      lines.xs.push(Array.from(loss.mean, (_, at) => middle(loss, at)));
      lines.ys.push(Array.from(loss.mean));
      lines.color.push(colour(LINES[which]));
      lines.name.push(loss.name);
    });
    parts.put("lines", lines);
    const [first] = losses;
    parts.put("band", {
      x: Array.from(first.mean, (_, at) => middle(first, at)),
      low: Array.from(first.min),
      high: Array.from(first.max),
    });
    parts.find("band").glyph.fill_color = colour("line-1");
    const finite = rows.filter(([, , mean]) => Number.isFinite(mean));
    parts.put("points", {
      x: finite.map(([loss, at]) => middle(loss, at)),
      y: finite.map(([, , mean]) => mean),
      step: finite.map(([loss, at]) => steps(loss.first_step[at], loss.last_step[at])),
      name: finite.map(([loss]) => loss.name),
      low: finite.map(([loss, at]) => loss.min[at]),
      high: finite.map(([loss, at]) => loss.max[at]),
    });
    parts.put("events", {
      x: events.map(([step]) => step),
      color: events.map(([, kind]) => colour(EVENT_COLOURS[kind])),
      text: events.map(([, , text]) => text),
    });
  };
  chart("loss", filler, () => [
    ["loss", "steps", "mean", "lowest", "highest", "not finite"],
    rows.map(([loss, at, mean]) => [
      loss.name, steps(loss.first_step[at], loss.last_step[at]), number(mean), number(loss.min[at]),
      number(loss.max[at]), count(loss.nonfinite[at]),
    ]),
  ]);
}

function fillRates(rates) {
  const all = rates.filter((rate) => rate.last.length);
  if (!all.length) return chart("learning-rate", null, null);
  const filler = (parts) => {
    const lines = { xs: [], ys: [], color: [], name: [] };
    const points = { x: [], y: [], step: [], name: [], rate: [] };
    all.forEach((rate, which) => {
      lines.xs.push(Array.from(rate.last).flatMap((_, at) => [rate.first_step[at], rate.last_step[at]]));
      lines.ys.push(Array.from(rate.last).flatMap((value) => [value, value]));
      lines.color.push(colour(LINES[which]));
      lines.name.push(rate.name);
      rate.last.forEach((value, at) => {
        points.x.push(rate.last_step[at]);
        points.y.push(value);
        points.step.push(steps(rate.first_step[at], rate.last_step[at]));
        points.name.push(rate.name);
        points.rate.push(number(value));
      });
    });
    parts.put("lines", lines);
    parts.put("points", points);
  };
  chart("learning-rate", filler, () => [
    ["group", "steps", "rate"],
    all.flatMap((rate) => Array.from(rate.last, (value, at) =>
      [rate.name, steps(rate.first_step[at], rate.last_step[at]), number(value)])),
  ]);
}
