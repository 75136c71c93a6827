// Light, dark, or as the system has it. Runs before the page is drawn, so that nothing flashes.
"use strict";
(() => {
  const names = { "": "as the system", light: "light", dark: "dark" };
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  const read = () => {
    try {
      const kept = localStorage.getItem("mceval8k-theme") || "";
      return kept in names ? kept : "";
    } catch {
      return ""; // a browser may refuse storage to pages that were opened from a disk
    }
  };
  const keep = (choice) => {
    try {
      localStorage.setItem("mceval8k-theme", choice);
    } catch {
      // then the choice holds for this page
    }
  };
  const apply = (choice) => {
    if (choice) root.dataset.theme = choice;
    else delete root.dataset.theme;
    const isDark = choice ? choice === "dark" : system.matches;
    root.classList.toggle("dark", isDark); // the name that DataTables looks for
    document.dispatchEvent(new CustomEvent("theme"));
  };

  let choice = read();
  apply(choice);
  system.addEventListener("change", () => apply(choice));
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const show = () => (button.querySelector("span").textContent = names[choice]);
    const order = Object.keys(names);
    button.addEventListener("click", () => {
      choice = order[(order.indexOf(choice) + 1) % order.length];
      keep(choice);
      apply(choice);
      show();
    });
    show();
    button.hidden = false;
  });
})();
