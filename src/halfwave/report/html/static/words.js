// Figures in words, as report/text.py writes them, and elements made of text alone.

const MISSING = "–";

function number(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 999.5 && size < 1e6) return Math.round(value).toLocaleString("en");
  if (size >= 99.5 && size < 1000) return value.toFixed(0);
  if (size >= 1e-3 && size < 1000) return String(Number(value.toPrecision(digits)));
  const [mantissa, exponent] = value.toExponential(1).split("e");
  return `${mantissa.replace(/\.0$/, "")}e${Number(exponent)}`;
}

function count(value) {
  return value === null || value < 0 ? MISSING : value.toLocaleString("en");
}

function percent(share) {
  if (share === null || share === undefined || Number.isNaN(share)) return MISSING;
  if (share > 0 && share < 0.01) return "<1%";
  if (share > 0.99 && share < 1) return ">99%";
  return `${Math.round(share * 100)}%`;
}

function steps(first, last) {
  return first === last ? count(first) : `${count(first)} – ${count(last)}`;
}

function median(values) {
  const known = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  return known.length ? known[known.length >> 1] : NaN;
}

/** An element; every child that is no element becomes text, whatever it looks like. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

function byId(id) {
  return document.getElementById(id);
}

/** A table of text; `rows` are lists of cells, the first of each its heading. */
function tableOf(caption, headings, rows, most = 200) {
  const body = rows.slice(0, most).map(([first, ...rest]) =>
    make("tr", {}, make("th", { scope: "row" }, first), ...rest.map((cell) => make("td", {}, cell))));
  const table = make("table", {},
    make("caption", { class: "unseen" }, caption),
    make("thead", {}, make("tr", {}, ...headings.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, ...body));
  if (rows.length <= most) return [table];
  return [table, make("p", { class: "note" }, `… and ${count(rows.length - most)} more rows`)];
}
