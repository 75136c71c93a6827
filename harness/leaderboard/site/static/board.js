// The table of the overview: filters, columns, sorting and pages of all rows. Its state is in the
// address, so that what is seen can be shared.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const { rows, genres, tasks, settings, main, references } = window.mceval8kBoard;
  const PART = 100;
  const SIZES = { "": [0, Infinity], tiny: [1, 1e9], small: [1e9, 4e9], medium: [4e9, 16e9], large: [16e9, 80e9], huge: [80e9, Infinity] };
  const element = (id) => document.getElementById(id);
  const [KEY, NAME, PAGE, DETAIL, SETTING, SIZE, RANK, HEADLINE, MACRO, MICRO, GENRES, TASKS, BRIER, ECE, WHOLE] = Array(15).keys();

  // Columns: heading, value of a row, value of a reference, and whether low values are good.
  const average = (title, at, reference) => ({ title, value: (row) => row[at], reference });
  const headline = {
    title: "Above chance",
    value: (row) => row[HEADLINE] && row[HEADLINE][0],
    bounds: (row) => row[HEADLINE] && row[HEADLINE].slice(1),
    reference: (line) => line[1],
  };
  const columnsOf = {
    genres: () => [
      headline,
      average("Genre-macro", MACRO, (line) => line[2]),
      average("Micro", MICRO, (line) => line[3]),
      ...genres.map((title, k) => ({ title, value: (row) => row[GENRES][k], reference: (line) => line[4][k] })),
    ],
    calibration: () => [
      headline,
      { title: "Brier", value: (row) => row[BRIER], reference: () => null, low: true },
      { title: "ECE", value: (row) => row[ECE], reference: () => null, low: true },
    ],
  };
  const tasksOf = (genre) => () => [
    headline,
    ...tasks.flatMap(({ name, genre: own }, k) =>
      own === genre || genre === "all"
        ? [{ title: name, link: `tasks/${name}.html`, value: (row) => row[TASKS][k], reference: (line) => line[5][k] }]
        : [],
    ),
  ];
  for (const genre of [...genres, "all"]) columnsOf[`tasks ${genre}`] = tasksOf(genre);

  // State.
  const usual = { setting: settings[main], columns: "genres", size: "", q: "", sort: "", part: "0", complete: "" };
  const state = { ...usual };
  const read = () => {
    const query = new URLSearchParams(location.search);
    for (const name of Object.keys(usual)) state[name] = query.get(name) ?? usual[name];
    if (!(state.columns in columnsOf)) state.columns = usual.columns;
    if (!(state.size in SIZES)) state.size = usual.size;
    if (state.setting !== "*" && !settings.includes(state.setting)) state.setting = usual.setting;
  };
  const keep = () => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(state)) if (value !== usual[name]) query.set(name, value);
    const text = query.toString();
    try {
      history.replaceState(null, "", text ? `?${text}` : location.pathname);
    } catch {
      // a browser may refuse it to pages that were opened from a disk
    }
  };

  // Building blocks; text is set as text, never read as markup.
  const make = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const anchor = (href, text) => {
    const made = make("a");
    made.href = href;
    made.append(make("bdi", text));
    return made;
  };
  const shown = (value) => (value / 1000).toFixed(3).replace("-", "−");
  const sizeText = (n) => {
    for (const [unit, letter] of [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]]) {
      if (n >= unit) return `${Number((n / unit).toPrecision(3))}${letter}`;
    }
    return n ? String(n) : "";
  };

  const cell = (value, bounds) => {
    if (value === null || value === undefined) {
      const made = make("td", undefined, "number");
      const dash = make("span", "–");
      dash.setAttribute("aria-hidden", "true");
      made.append(dash, make("span", bounds === undefined ? "none" : "not all tasks", "hidden"));
      return made;
    }
    const made = make("td", shown(value), "number");
    if (bounds && bounds[0] !== null) made.append(make("small", bounds.map(shown).join("–")));
    return made;
  };
  const line = (row, columns) => {
    const made = make("tr");
    const head = make("th");
    head.scope = "row";
    const named = anchor(`models/${row[PAGE]}.html`, row[NAME]);
    if (row[WHOLE]) named.title = row[WHOLE];
    head.append(named);
    const more = [row[DETAIL], state.setting === "*" ? settings[row[SETTING]] : ""].filter(Boolean);
    if (more.length) head.append(" ", make("small", more.join(" · ")));
    made.append(make("td", row[RANK], "rank"), head, make("td", sizeText(row[SIZE]), "number size"));
    for (const { value, bounds } of columns) made.append(cell(value(row), bounds && bounds(row)));
    return made;
  };
  const referenceLine = (reference, columns) => {
    const made = make("tr", undefined, "reference");
    const head = make("th", reference[0]);
    head.scope = "row";
    made.append(make("td", "", "rank"), head, make("td", "", "number size"));
    for (const column of columns) made.append(cell(column.reference(reference)));
    return made;
  };

  const heading = (title, key, columns, className) => {
    const made = make("th", undefined, className);
    made.scope = "col";
    const button = make("button", title);
    button.type = "button";
    const [by, direction] = state.sort.split(" ");
    if (by === key) made.setAttribute("aria-sort", direction === "asc" ? "ascending" : "descending");
    button.addEventListener("click", () => {
      const column = columns[Number(key)];
      const first = key === "name" || (column && column.low) ? "asc" : "desc";
      const other = first === "asc" ? "desc" : "asc";
      change({ sort: by === key && direction === first ? `${key} ${other}` : `${key} ${first}`, part: "0" });
      const again = element("scores").querySelector(`[data-key="${CSS.escape(key)}"]`);
      if (again) again.focus();
    });
    button.dataset.key = key;
    made.append(button);
    return made;
  };

  const chosen = () => {
    const [low, high] = SIZES[state.size];
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    return rows.filter((row) => {
      if (state.setting !== "*" && settings[row[SETTING]] !== state.setting) return false;
      if (state.size && !(row[SIZE] >= low && row[SIZE] < high)) return false;
      if (state.complete && !row[HEADLINE]) return false;
      const text = `${row[WHOLE] || row[NAME]} ${row[DETAIL]} ${settings[row[SETTING]]}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  };
  const sorted = (list, columns) => {
    const [by, direction] = state.sort.split(" ");
    if (!by) return list; // they come in the order of the headline
    const column = columns[Number(by)];
    const value = by === "name" ? (row) => row[NAME].toLowerCase() : by === "size" ? (row) => row[SIZE] || null : column && column.value;
    if (!value) return list;
    const sign = direction === "asc" ? 1 : -1;
    const compare = (a, b) => (a === b ? 0 : a === null ? 1 : b === null ? -1 : sign * (a < b ? -1 : 1));
    return [...list].sort((a, b) => compare(value(a), value(b)));
  };

  const table = element("scores");
  const draw = () => {
    const columns = columnsOf[state.columns]();
    const found = sorted(chosen(), columns);
    const head = make("tr");
    head.append(make("th", "Rank", "rank"), heading("Model", "name", columns), heading("Size", "size", columns, "number size"));
    columns.forEach(({ title }, k) => head.append(heading(title, String(k), columns, "number")));
    head.firstChild.scope = "col";
    table.tHead.replaceChildren(head);
    const parts = Math.max(1, Math.ceil(found.length / PART));
    const part = Math.min(parts - 1, Math.max(0, Number(state.part) || 0));
    table.tBodies[0].replaceChildren(
      ...references.map((each) => referenceLine(each, columns)),
      ...found.slice(part * PART, (part + 1) * PART).map((row) => line(row, columns)),
    );
    element("count").textContent = `${found.length} row${found.length === 1 ? "" : "s"} of ${rows.length}`;
    element("parts").hidden = parts === 1;
    const choice = element("part");
    choice.replaceChildren(
      ...Array.from({ length: parts }, (_, k) => new Option(`${k * PART + 1} to ${Math.min(found.length, (k + 1) * PART)}`, k)),
    );
    choice.value = String(part);
  };
  const change = (changes) => {
    Object.assign(state, changes);
    keep();
    draw();
  };

  read();
  const select = element("setting");
  select.replaceChildren(new Option("all settings", "*"), ...settings.map((name) => new Option(name, name)));
  for (const name of ["setting", "columns", "size"]) {
    element(name).value = state[name];
    element(name).addEventListener("change", (event) => change({ [name]: event.target.value, sort: name === "columns" ? "" : state.sort, part: "0" }));
  }
  element("q").value = state.q;
  element("q").addEventListener("input", (event) => change({ q: event.target.value, part: "0" }));
  element("complete").checked = Boolean(state.complete);
  element("complete").addEventListener("change", (event) => change({ complete: event.target.checked ? "1" : "", part: "0" }));
  element("part").addEventListener("change", (event) => change({ part: event.target.value }));
  element("controls").hidden = false;
  draw();
});
