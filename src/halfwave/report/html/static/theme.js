// Light and dark: the reader's system decides until the button is pressed. Paper is always light.

const THEMES = ["auto", "light", "dark"];
const THEME_WORDS = { auto: "automatic", light: "light", dark: "dark" };
const darkWanted = window.matchMedia("(prefers-color-scheme: dark)");
const onTheme = [];

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** A colour between those of the first and the last step: `share` goes from 0 to 1. */
function ramp(share) {
  const stops = ["early", "middle", "late"].map((name) => colour(name));
  const parts = stops.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  const at = Math.min(Math.max(share, 0), 1) * 2;
  const [from, to] = at < 1 ? [parts[0], parts[1]] : [parts[1], parts[2]];
  const mix = at < 1 ? at : at - 1;
  const mixed = from.map((value, channel) => Math.round(value + (to[channel] - value) * mix));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = `Theme: ${THEME_WORDS[theme]}`;
  for (const act of onTheme) act();
}

function startTheme() {
  byId("theme").addEventListener("click", () => {
    const now = document.documentElement.dataset.theme;
    setTheme(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
  });
  darkWanted.addEventListener("change", () => onTheme.forEach((act) => act()));
  let before = "auto";
  window.addEventListener("beforeprint", () => {
    before = document.documentElement.dataset.theme;
    setTheme("light");
    for (const finding of document.querySelectorAll("details.finding")) finding.open = true;
  });
  window.addEventListener("afterprint", () => setTheme(before));
}
