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
    document.dispatchEvent(new CustomEvent("amprep-language", { detail: lang }));
  }

  function paint(name) {
    page.dataset.theme = name;
    document.dispatchEvent(new CustomEvent("amprep-theme", { detail: name }));
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
