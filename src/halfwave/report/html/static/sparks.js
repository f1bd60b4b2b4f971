// The small charts in the rows of the table: SVG of a few elements, drawn for the rows shown only.

const SVG = "http://www.w3.org/2000/svg";
const SPARK = { width: 84, height: 22 };

function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function spark(words, ...parts) {
  const frame = svg("svg", {
    class: "spark", viewBox: `0 0 ${SPARK.width} ${SPARK.height}`, role: "img", "aria-label": words,
    width: SPARK.width, height: SPARK.height,
  });
  frame.append(...parts);
  return frame;
}

function heightOf(value) {
  return SPARK.height - 1.5 - ((value - 1) / 254) * (SPARK.height - 3);
}

/** A line through values 1…255; where a value is 0 it was not known, and the line is broken. */
function lineSpark(values, words, kind) {
  const across = SPARK.width / Math.max(values.length - 1, 1);
  let path = "";
  let joined = false;
  for (let at = 0; at < values.length; at++) {
    if (values[at]) path += `${joined ? "L" : "M"}${(at * across).toFixed(1)} ${heightOf(values[at]).toFixed(1)}`;
    joined = values[at] > 0;
  }
  return path ? spark(words, svg("path", { d: path, class: `line ${kind}` })) : "";
}

/** The share closed, as an area: a full box is a dead site. */
function areaSpark(values, words) {
  if (!values.some((value) => value > 0)) return "";
  const across = SPARK.width / Math.max(values.length - 1, 1);
  const tops = Array.from(values, (value, at) => `${(at * across).toFixed(1)} ${heightOf(value || 1).toFixed(1)}`);
  const path = `M0 ${SPARK.height}L${tops.join("L")}L${SPARK.width} ${SPARK.height}Z`;
  return spark(words,
    svg("rect", { x: 0, y: 0, width: SPARK.width, height: SPARK.height, class: "box" }),
    svg("path", { d: path, class: "area" }));
}

/** A histogram; the bar in which 0 lies is set apart. */
function barSpark(values, zero, words) {
  if (!values.some((value) => value > 1)) return "";
  const wide = SPARK.width / values.length;
  let bars = "";
  let zeroBar = "";
  for (let at = 0; at < values.length; at++) {
    if (values[at] <= 1) continue;
    const top = heightOf(values[at]).toFixed(1);
    const bar = `M${(at * wide).toFixed(1)} ${SPARK.height}V${top}h${(wide - 0.6).toFixed(1)}V${SPARK.height}Z`;
    if (at === zero) zeroBar = bar;
    else bars += bar;
  }
  return spark(words, svg("path", { d: bars, class: "bars" }), svg("path", { d: zeroBar, class: "zero" }));
}
