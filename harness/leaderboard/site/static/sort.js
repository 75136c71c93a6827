// Sorting and filtering of a table that the page holds: `table.sortable`.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    const given = cell.dataset.order;
    return given === undefined ? cell.textContent.trim().toLowerCase() : Number(given);
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const first = head.classList.contains("number") ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const order = head.getAttribute("aria-sort") === first ? other : first;
        for (const cell of table.tHead.rows[0].cells) cell.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
        const rows = [...body.rows].sort((a, b) => sign * compare(valueOf(a, column), valueOf(b, column)));
        body.replaceChildren(...rows);
      });
    });
    const filter = document.getElementById("filter");
    if (!filter) continue;
    filter.parentElement.hidden = false;
    filter.addEventListener("input", () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of body.rows) {
        const text = `${row.cells[0].textContent} ${row.cells[1].textContent}`.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
    });
  }
});
