// Puts it all together once the page is there.

function show(data) {
  site.data = data;
  site.blocks.clear();
  if (data.sites.path.length) fillTable(data.sites);
  fillNetwork(data);
  if (site.at !== null) openSite(site.at, false);
}

async function start() {
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
