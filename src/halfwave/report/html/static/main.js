// Puts it all together once the page is there.

function show(data) {
  site.data = data;
  site.blocks.clear();
  if (data.sites.path.length) fillTable(data.sites);
  fillNetwork(data);
  if (site.at !== null) openSite(site.at, false);
}

/** Within a notebook's frame a link to a place in the page would lead to the notebook. */
function stayHere(event) {
  const link = event.target.closest("a[href^='#']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button > 0) return;
  event.preventDefault();
  const place = link.getAttribute("href");
  if (location.hash === place) follow();
  location.hash = place;
}

async function start() {
  document.addEventListener("click", stayHere);
  startTheme();
  startTable();
  startCharts(await unpack(byId("charts").textContent));
  startSite();
  show(await unpack(byId("data").textContent));
  follow(location.hash !== "");
  document.documentElement.dataset.ready = "yes";
  startLive();
}

start();
