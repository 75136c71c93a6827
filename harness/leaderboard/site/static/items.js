// The probabilities that every row gives the options of an item, shown on request.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const { rows, settings } = window.mceval8kBoard;
  const { rows: evaluated, width, values } = window.mceval8kItems;
  const bytes = Uint8Array.from(atob(values), (sign) => sign.charCodeAt(0));
  const places = document.querySelectorAll("details.probabilities");
  const [FULL, UNKNOWN] = [250, 255];

  const make = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const fill = (place, item) => {
    const gold = Number(place.dataset.gold);
    const of = (row) => {
      const start = (row * places.length + item) * width;
      return bytes.subarray(start, start + width);
    };
    const order = evaluated.map((_, row) => row).sort((a, b) => of(b)[gold] - of(a)[gold]);
    const count = [...of(0)].filter((value) => value !== UNKNOWN).length;
    const table = make("table");
    const head = table.createTHead().insertRow();
    for (const title of ["Model", "Setting", ...Array.from({ length: count }, (_, k) => `Option ${k + 1}`)]) {
      const cell = make("th", title, title.startsWith("Option") ? "number" : "");
      cell.scope = "col";
      head.append(cell);
    }
    const body = table.createTBody();
    for (const row of order) {
      const [, name, page, , setting] = rows[evaluated[row]];
      const made = body.insertRow();
      const cell = make("th");
      cell.scope = "row";
      const link = make("a");
      link.href = `../models/${page}.html`;
      link.append(make("bdi", name));
      cell.append(link);
      made.append(cell, make("td", settings[setting]));
      of(row).forEach((value, option) => {
        if (option < count) made.append(make("td", (value / FULL).toFixed(2), `number${option === gold ? " gold" : ""}`));
      });
    }
    place.querySelector(".scroll").replaceChildren(table);
  };
  places.forEach((place, item) => {
    place.hidden = evaluated.length === 0;
    place.addEventListener("toggle", () => {
      if (place.open && !place.querySelector("table")) fill(place, item);
    });
  });
});
