"use strict";
const PRINTED = 660; // pixels: a page's width
const plots = [...document.querySelectorAll("div.plot")];
for (const place of plots) {
  const figure = JSON.parse(place.querySelector("script").textContent);
  place.replaceChildren();
  Plotly.newPlot(place, figure.data, figure.layout, { displayModeBar: false, responsive: true });
}
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details.printed:not([open])")];
  for (const one of folded) one.open = true;
  for (const place of plots) Plotly.relayout(place, { width: PRINTED });
});
addEventListener("afterprint", () => {
  for (const one of folded) one.open = false;
  for (const place of plots) Plotly.relayout(place, { width: null, autosize: true });
});
