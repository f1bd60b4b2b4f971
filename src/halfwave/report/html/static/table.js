// The table of sites: sorted and searched over all of them, drawn a page at a time.

const PAGE = 100;
const SEVERITIES = ["error", "warning", "info"];
const table = { sites: null, order: [], key: "place", down: false, page: 0, haystack: [] };

function startTable() {
  for (const heading of document.querySelectorAll("#table th[data-key]")) {
    const button = make("button", { type: "button" }, heading.textContent);
    heading.replaceChildren(button);
    button.addEventListener("click", () => sortBy(heading.dataset.key));
  }
  byId("search").addEventListener("input", () => arrange());
  byId("show").addEventListener("change", () => arrange());
  byId("previous").addEventListener("click", () => turnTo(table.page - 1));
  byId("next").addEventListener("click", () => turnTo(table.page + 1));
  document.querySelector(".controls").hidden = false;
}

function fillTable(sites) {
  table.sites = sites;
  table.haystack = sites.path.map((path, at) =>
    `${path} ${sites.activation[at]} ${sites.where[at]} ${sites.role[at]}`.toLowerCase());
  arrange(table.page);
}

function sortBy(key) {
  // figures are looked at from the largest on, names from A on
  const words = key === "path" || key === "activation" || key === "place";
  table.down = table.key === key ? !table.down : !words;
  table.key = key;
  arrange();
}

function arrange(page = 0) {
  const { sites, key } = table;
  const words = byId("search").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = {
    all: () => true,
    alarm: (at) => sites.alarm[at] < SEVERITIES.length,
    dead: (at) => sites.dead[at] > 0,
    hidden: (at) => sites.role[at] === "hidden",
  }[byId("show").value];
  const found = [];
  for (let at = 0; at < sites.path.length; at++) {
    if (wanted(at) && words.every((word) => table.haystack[at].includes(word))) found.push(at);
  }
  if (key !== "place" || table.down) found.sort(comparison(sites, key));
  table.order = found;
  for (const heading of document.querySelectorAll("#table th[data-key]")) {
    const sorted = heading.dataset.key === key;
    heading.setAttribute("aria-sort", sorted ? (table.down ? "descending" : "ascending") : "none");
  }
  turnTo(page);
}

function comparison(sites, key) {
  const sign = table.down ? -1 : 1;
  if (key === "place") return (a, b) => sign * (a - b);
  const values = sites[key];
  if (typeof values[0] === "string") {
    return (a, b) => sign * values[a].localeCompare(values[b], "en", { numeric: true }) || a - b;
  }
  // what is not known stands last, whichever way
  const unknown = (at) => Number.isNaN(values[at]) || values[at] < 0 && key !== "mean";
  return (a, b) => unknown(a) - unknown(b) || sign * (values[a] - values[b]) || a - b;
}

function turnTo(page) {
  const pages = Math.max(Math.ceil(table.order.length / PAGE), 1);
  table.page = Math.min(Math.max(page, 0), pages - 1);
  const shown = table.order.slice(table.page * PAGE, (table.page + 1) * PAGE);
  document.querySelector("#table tbody").replaceChildren(...shown.map(siteRow));
  const total = table.sites.path.length;
  const all = table.order.length === total;
  byId("shown").textContent = all ? `${count(total)} sites` : `${count(table.order.length)} of ${count(total)} sites`;
  byId("pager").hidden = pages === 1;
  byId("page").textContent = `page ${count(table.page + 1)} of ${count(pages)}`;
  byId("previous").disabled = table.page === 0;
  byId("next").disabled = table.page === pages - 1;
}

function siteRow(at) {
  const s = table.sites;
  const cell = (label, ...parts) => make("td", { role: "cell", "data-label": label }, ...parts);
  const alarm = SEVERITIES[s.alarm[at]];
  const role = s.role[at] === "hidden" ? [] : [make("span", { class: "role" }, s.role[at])];
  const mark = alarm ? [make("span", { class: `dot ${alarm}`, role: "img", "aria-label": alarm, title: alarm })] : [];
  const dead = s.dead[at] > 0 ? make("strong", { class: "dead" }, count(s.dead[at])) : count(s.dead[at]);
  const spread = s.nonfinite[at] > 0
    ? make("strong", { class: "dead" }, `${count(s.nonfinite[at])} NaN/inf`)
    : Number.isNaN(s.mean[at]) ? MISSING : `${number(s.mean[at], 2)} ± ${number(s.std[at], 2)}`;
  return make("tr", { role: "row", class: alarm ?? "" },
    cell("#", count(at + 1)),
    make("th", { role: "rowheader", scope: "row", class: "path" },
      ...mark, make("a", { href: `#site-${at}` }, s.path[at]), ...role,
      make("span", { class: "source" }, s.where[at])),
    cell("activation", s.activation[at]),
    cell("units", count(s.units[at])),
    cell("dead", dead),
    cell("closed", make("span", { class: "figure" }, percent(s.closed[at])),
      areaSpark(row(s.spark_closed, at), "share closed over time")),
    cell("zeros", percent(s.zeros[at])),
    cell("output", make("span", { class: "figure" }, spread),
      barSpark(row(s.spark_output, at), s.spark_zero[at], "histogram of the latest outputs")),
    cell("gradient", make("span", { class: "figure" }, number(s.grad_rms[at], 2)),
      lineSpark(row(s.spark_grad, at), "gradient over time, logarithmic", "gradient")));
}
