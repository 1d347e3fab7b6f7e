"use strict";
(() => {
  const page = document.documentElement;
  const language = document.getElementById("report-language");
  const theme = document.getElementById("report-theme");
  const translated = ["alt", "aria-label"];

  function speak(lang) {
    page.lang = lang;
    for (const name of translated) {
      for (const one of document.querySelectorAll(`[data-${name}-${lang}]`)) {
        one.setAttribute(name, one.getAttribute(`data-${name}-${lang}`));
      }
    }
    for (const one of document.querySelectorAll(`[data-text-${lang}]`)) {
      one.textContent = one.getAttribute(`data-text-${lang}`);
    }
    document.title = document.querySelector("title").getAttribute(`data-title-${lang}`);
    const viewer = document.getElementById("apv-lang");
    if (viewer && viewer.value !== lang) {
      viewer.value = lang;
      viewer.dispatchEvent(new Event("change"));
    }
  }

  function paint(name) {
    page.dataset.theme = name;
    paintViewer();
  }

  // The viewer has a button of its own for it, which changes sides.
  const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");
  function paintViewer() {
    const viewer = document.getElementById("apv");
    const name = page.dataset.theme;
    const dark = name === "dark" || (name === "system" && systemIsDark.matches);
    if (viewer && (viewer.dataset.theme === "dark") !== dark) document.getElementById("apv-theme").click();
  }

  language.addEventListener("change", () => speak(language.value));
  theme.addEventListener("change", () => paint(theme.value));
  document.getElementById("report-print").addEventListener("click", () => window.print());

  // On paper nothing is folded away.
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });
})();
