// Sorting, filtering and choice of columns of the table `#scores`, by DataTables.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const pages = document.querySelectorAll("#scores tbody tr").length > 100;
  const columns = document.getElementById("columns");
  const names = columns ? [...columns.options].map((option) => option.value) : [];
  const hidden = names.filter((name) => !["genres", "all"].includes(name));
  const table = new DataTable("#scores", {
    order: [], // the page comes in the order of the scores
    paging: pages,
    pageLength: 100,
    lengthMenu: [25, 100, { label: "all", value: -1 }],
    autoWidth: false,
    orderMulti: false,
    columnDefs: [
      { targets: "number", orderSequence: ["desc", "asc"], searchable: false },
      { targets: hidden, visible: false },
    ],
    layout: { topStart: pages ? "pageLength" : null, topEnd: "search" },
    language: { search: "Filter by model or setting", info: "_TOTAL_ rows", infoFiltered: "of _MAX_" },
  });
  const controls = document.getElementById("controls");
  if (!controls) return;

  const choose = () => {
    table.columns(".number").every(function () {
      const name = columns.value;
      this.visible(name === "all" || this.header().classList.contains(name), false);
    });
    table.columns.adjust();
  };
  columns.value = "genres"; // a browser may remember another choice
  columns.addEventListener("change", choose);

  const setting = document.getElementById("setting");
  setting.addEventListener("change", () => {
    const wanted = setting.value;
    const matches = (text, cells) => !wanted || cells[1] === wanted;
    table.search.fixed("setting", matches).draw();
  });
  const complete = document.getElementById("complete");
  complete.addEventListener("change", () => {
    const most = Math.max(...table.column(2).data().toArray().map(Number));
    const matches = (text, cells) => !complete.checked || Number(cells[2]) === most;
    table.search.fixed("complete", matches).draw();
  });
  controls.hidden = false;
});
