// The heat map and the reliability diagrams, by Plotly.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  // Plotly reads a little HTML in its labels; names are to be shown as they are.
  const plain = (text) =>
    text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
  const data = (id) => JSON.parse(document.getElementById(id).textContent);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const common = () => ({
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: colour("--text"), family: "system-ui, sans-serif" },
    margin: { t: 20, r: 20 },
  });
  const lines = () => ({ gridcolor: colour("--line"), zerolinecolor: colour("--line") });
  const draw = (place, traces, layout) => {
    const options = { displaylogo: false, responsive: true, displayModeBar: false };
    Plotly.react(place, traces, { ...common(), ...layout }, options);
  };

  // Hundreds of labels take Plotly seconds, so rows are shown part by part.
  const PART = 50;
  const chosenPart = (n) => {
    const select = document.getElementById("part");
    if (n > PART && select.options.length === 0) {
      for (let start = 0; start < n; start += PART) {
        select.add(new Option(`${start + 1} to ${Math.min(n, start + PART)}`, start));
      }
      select.addEventListener("change", drawAll);
      select.parentElement.hidden = false;
    }
    return Number(select.value || 0);
  };

  const heatmap = (place) => {
    const { tasks, ...all } = data("heatmap-data");
    const start = chosenPart(all.rows.length);
    const part = (list) => list.slice(start, start + PART);
    const [rows, values, accuracies] = [all.rows, all.values, all.accuracies].map(part);
    const labels = rows.map(plain);
    const numbers = labels.map((_, index) => index); // two rows may have one label
    const few = rows.length <= 12 && innerWidth > 900;
    const trace = {
      type: "heatmap",
      x: tasks,
      y: numbers,
      z: values,
      text: accuracies.map((line) => line.map((value) => (value === null ? "" : value.toFixed(2)))),
      customdata: accuracies.map((line, row) => line.map((value) => [labels[row], value])),
      colorscale: "Viridis",
      zmin: -0.2,
      zmax: 1,
      xgap: 1,
      ygap: 1,
      texttemplate: few ? "%{text}" : "",
      hovertemplate: "%{customdata[0]}<br>%{x}: accuracy %{customdata[1]:.3f}<extra></extra>",
      hoverongaps: false,
      colorbar: {
        title: { text: "above chance", side: "right" },
        thickness: 12,
        lenmode: "pixels",
        len: Math.min(220, 60 + 20 * rows.length),
        y: 1,
        yanchor: "top",
      },
    };
    const phone = innerWidth < 640;
    draw(place, [trace], {
      height: 180 + 20 * rows.length,
      margin: { t: 20, r: 20, b: 20 },
      xaxis: { side: "top", tickangle: -60, automargin: true, ticks: "", showgrid: false, zeroline: false },
      yaxis: {
        autorange: "reversed",
        automargin: true,
        ticks: "",
        showgrid: false,
        zeroline: false,
        showticklabels: !phone,
        tickfont: { size: 12 },
        tickvals: numbers,
        ticktext: labels,
      },
    });
  };

  const reliability = (place) => {
    const colours = ["#2f6db5", "#c8641e", "#3c8c5a", "#8257a8", "#b0355c", "#777777"];
    const signs = ["circle", "square", "diamond", "cross", "triangle-up", "x"];
    const traces = data("reliability-data").map(({ name, points }, index) => ({
      type: "scatter",
      mode: "lines+markers",
      name: plain(name),
      x: points.map((point) => point.confidence),
      y: points.map((point) => point.accuracy),
      customdata: points.map((point) => point.n),
      marker: { size: 9, color: colours[index % 6], symbol: signs[index % 6] },
      line: { color: colours[index % 6], width: 1 },
      hovertemplate: "confidence %{x:.2f}, accuracy %{y:.2f}, %{customdata} items",
    }));
    const diagonal = { type: "line", x0: 0, y0: 0, x1: 1, y1: 1, line: { dash: "dot", width: 1 } };
    draw(place, traces, {
      xaxis: { title: { text: "mean confidence" }, range: [0, 1], ...lines() },
      yaxis: { title: { text: "accuracy" }, range: [0, 1], ...lines() },
      shapes: [{ ...diagonal, line: { ...diagonal.line, color: colour("--soft") } }],
      showlegend: true,
      legend: { orientation: "h", y: -0.2 },
      height: 440,
    });
  };

  const plots = { heatmap, reliability };
  const drawAll = () => {
    for (const [id, plot] of Object.entries(plots)) {
      const place = document.getElementById(id);
      if (place) plot(place);
    }
  };
  drawAll();
  document.addEventListener("theme", drawAll);
});
