// Bokeh's charts: embedded when they come near the window, filled from the page's data, painted
// in the colours of the theme.

const charts = { items: {}, parts: new Map(), fillers: new Map(), tables: new Map(), waiting: new Set() };

const nearby = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) embed(entry.target.dataset.chart);
  }
}, { rootMargin: "400px" });

function startCharts(items) {
  charts.items = items;
  for (const details of document.querySelectorAll("details.figures")) {
    details.addEventListener("toggle", () => writeTable(details));
  }
  onTheme.push(() => {
    for (const name of charts.parts.keys()) refill(name);
  });
  // paper shows what has not been scrolled to as well
  window.addEventListener("beforeprint", () => Object.keys(items).forEach((name) => embed(name)));
}

/** Say how a chart is filled, and the rows of its table: null hides the chart. */
function chart(name, filler, tableRows) {
  charts.fillers.set(name, filler);
  charts.tables.set(name, tableRows);
  byId(`figure-${name}`).hidden = filler === null;
  if (charts.parts.has(name)) refill(name);
  else lookAgain(name);
  const details = document.querySelector(`details.figures[data-table="${name}"]`);
  writeTable(details);
}

/** Have it drawn if it is near: an observer speaks of changes alone, and it may be there already. */
function lookAgain(name) {
  const place = byId(`chart-${name}`);
  nearby.unobserve(place);
  if (!charts.waiting.has(name)) nearby.observe(place);
}

function writeTable(details) {
  const rows = charts.tables.get(details.dataset.table);
  if (!details.open || !rows) return;
  const title = byId(`title-${details.dataset.table}`).textContent;
  details.querySelector(".scroll").replaceChildren(...tableOf(title, ...rows()));
}

async function embed(name) {
  if (charts.waiting.has(name) || !charts.fillers.get(name)) return;
  if (byId(`figure-${name}`).offsetParent === null) return; // in a section that is not shown
  charts.waiting.add(name);
  nearby.unobserve(byId(`chart-${name}`));
  const built = Bokeh.require("document").Document.from_json(charts.items[name].doc);
  const find = (part) => built.get_model_by_name(part);
  const [figure] = built.roots();
  charts.parts.set(name, {
    figure,
    find,
    put: (part, data) => { find(part).data_source.data = data; },
    x: figure.below[0],
    y: figure.left[0],
  });
  refill(name); // before it is drawn: a chart without data has no range
  await Bokeh.embed.add_document_standalone(built, byId(`chart-${name}`));
}

function refill(name) {
  const filler = charts.fillers.get(name);
  if (!filler) return;
  const parts = charts.parts.get(name);
  paint(parts.figure);
  filler(parts);
}

function paint(figure) {
  const ink = colour("ink");
  const faint = colour("faint");
  const line = colour("line");
  figure.setv({ background_fill_color: null, border_fill_color: null, outline_line_color: line });
  for (const axis of [...figure.below, ...figure.left, ...figure.right]) {
    if (axis.type === "ColorBar") {
      axis.setv({ background_fill_color: null, title_text_color: faint, major_label_text_color: faint, bar_line_color: null });
      continue;
    }
    axis.setv({
      axis_label_text_color: faint, major_label_text_color: ink, axis_line_color: line,
      major_tick_line_color: line, minor_tick_line_color: null, axis_label_text_font_style: "normal",
    });
  }
  for (const grid of figure.center) {
    if (grid.type === "Grid") grid.grid_line_color = line;
  }
}

/** Tick labels in words, at whole places along an axis. */
function label(axis, names) {
  axis.ticker.ticks = [...names.keys()];
  axis.major_label_overrides = names;
}

/** A few round places between 0 and `last`, with their numbers counted from 1. */
function numbered(axis, last) {
  const rough = Math.max(last / 8, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const gap = Math.max([1, 2, 5, 10].find((part) => part * power >= rough) * power, 1);
  const names = new Map([[0, "1"]]);
  for (let at = gap - 1; at <= last; at += gap) names.set(at, count(at + 1));
  label(axis, names);
}
