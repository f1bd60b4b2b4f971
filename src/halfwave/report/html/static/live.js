// A page that follows a run: it asks the server that gave it for news, and nobody else.

const PAUSE = 2000;
const live = { version: "", failures: 0 };

async function startLive() {
  const state = byId("live");
  if (!state) return;
  for (;;) {
    await new Promise((done) => setTimeout(done, PAUSE));
    if (document.hidden && live.failures === 0) continue;
    try {
      const answer = await fetch(`news?since=${encodeURIComponent(live.version)}`, { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const news = await answer.json();
      live.failures = 0;
      state.textContent = news.state;
      state.className = `live ${news.tone}`;
      if (news.data) await take(news);
      live.version = news.version;
    } catch (error) {
      live.failures += 1;
      state.textContent = "The server that gave this page does not answer: it shows what was known last.";
      state.className = "live lost";
    }
  }
}

async function take(news) {
  for (const [name, html] of Object.entries(news.sections)) {
    const place = name === "verdict" ? byId("verdict") : byId(`part-${name}`);
    // escaped by the server's templates, and no script in it could run under the page's policy
    if (place.innerHTML !== html) place.innerHTML = html;
  }
  byId("verdict").className = news.verdict;
  for (const [name, words] of Object.entries(news.captions)) byId(`caption-${name}`).textContent = words;
  document.querySelectorAll("script.detail").forEach((element) => element.remove());
  for (const block of news.details) {
    document.body.append(make("script", { type: "text/plain", class: "detail" }, block));
  }
  show(await unpack(news.data));
}
