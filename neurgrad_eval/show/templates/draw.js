"use strict";
for (const place of document.querySelectorAll("div.plot")) {
  const figure = JSON.parse(place.querySelector("script").textContent);
  place.replaceChildren();
  Plotly.newPlot(place, figure.data, figure.layout, { displayModeBar: false, responsive: true });
}
