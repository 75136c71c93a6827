// The page on which two rows are chosen and compared. Answers are loaded when they are needed, as
// scripts: a page that was opened from a disk may not fetch files.
"use strict";
const mceval8k = { answers: new Map(), board: null };
mceval8k.add = (key, answers) => mceval8k.answers.set(key, answers);

document.addEventListener("DOMContentLoaded", () => {
  const { rows, tasks } = window.mceval8kBoard;
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const element = (id) => document.getElementById(id);
  const [first, second, others] = ["first", "second", "others"].map(element);

  const load = (key) =>
    new Promise((done, failed) => {
      if (mceval8k.answers.has(key)) return done(mceval8k.answers.get(key));
      const script = document.createElement("script");
      script.src = `answers/${key}.js`;
      script.onload = () => done(mceval8k.answers.get(key));
      script.onerror = () => failed(new Error(`answers/${key}.js is missing`));
      return document.head.append(script);
    });

  const fill = (select, offered) => {
    const before = select.value;
    select.replaceChildren(
      ...offered.map((row) => {
        const option = document.createElement("option");
        option.value = row.key;
        option.dir = "auto";
        option.textContent = `${row.name}${row.detail ? ` (${row.detail})` : ""} · ${row.setting}`;
        return option;
      }),
    );
    if (offered.some((row) => row.key === before)) select.value = before;
  };
  const offer = () => {
    const chosen = byKey.get(first.value);
    const fits = (row) => row !== chosen && (others.checked || row.setting === chosen.setting);
    fill(second, rows.filter(fits));
  };

  const shown = (value, digits = 3) => value.toFixed(digits);
  const signed = (value) => `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(3)}`;
  const asP = (value) => (value < 0.001 ? "< 0.001" : shown(value));

  const line = (name, cells, isMean) => {
    const row = document.createElement("tr");
    if (isMean) row.className = "mean";
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = name;
    row.append(head);
    for (const text of cells) {
      const cell = document.createElement("td");
      cell.className = "number";
      cell.textContent = text;
      row.append(cell);
    }
    return row;
  };
  const differenceCells = (difference) => {
    const [low, high] = paired.interval(difference);
    return [signed(difference.value), `${signed(low)} to ${signed(high)}`];
  };
  const countLine = (name, counts, p, adjusted, isMean) =>
    line(
      name,
      [
        counts.n,
        shown((counts.both + counts.onlyFirst) / counts.n),
        shown((counts.both + counts.onlySecond) / counts.n),
        ...differenceCells(paired.difference(counts)),
        counts.onlyFirst,
        counts.onlySecond,
        asP(p),
        adjusted === null ? "" : asP(adjusted),
      ],
      isMean,
    );

  // Weights of the genre-macro average.
  const weights = (shared) => {
    const genres = new Map();
    for (const { genre } of shared) genres.set(genre, (genres.get(genre) || 0) + 1);
    return shared.map(({ genre }) => 1 / genres.size / genres.get(genre));
  };
  const total = (counts) =>
    counts.reduce((sum, each) =>
      Object.fromEntries(Object.keys(sum).map((key) => [key, sum[key] + each[key]])),
    );

  const show = (one, two, answers) => {
    const shared = tasks.filter(({ name }) => name in answers[0] && name in answers[1]);
    const body = element("pairs").tBodies[0];
    element("pairs").hidden = shared.length === 0;
    if (shared.length === 0) return "The two rows have no task in common.";
    const counts = shared.map(({ name, n }) =>
      paired.count(paired.unpack(answers[0][name], n), paired.unpack(answers[1][name], n)),
    );
    const p = counts.map(paired.mcnemar);
    const adjusted = paired.holm(p);
    const lines = counts.map((each, k) => countLine(shared[k].name, each, p[k], adjusted[k], false));
    const all = total(counts);
    const macro = paired.mean(counts.map(paired.difference), weights(shared));
    const pAll = paired.mcnemar(all);
    const macroCells = ["", "", "", ...differenceCells(macro), "", "", "", ""];
    body.replaceChildren(
      countLine("all items (micro)", all, pAll, null, true),
      line("genre-macro", macroCells, true),
      ...lines,
    );
    const parts = [
      `Over all ${all.n} items of ${shared.length} tasks the first row is right ${all.onlyFirst} times where the second is wrong, and wrong ${all.onlySecond} times where it is right (p ${pAll < 0.001 ? asP(pAll) : `= ${asP(pAll)}`}).`,
    ];
    if (one.setting !== two.setting) {
      parts.push("They were asked in different ways: the difference is of model and setting together.");
    }
    return parts.join(" ");
  };

  const compare = async () => {
    const [one, two] = [byKey.get(first.value), byKey.get(second.value)];
    const verdict = element("verdict");
    if (!one || !two) {
      element("pairs").hidden = true;
      verdict.textContent = "No other row has this setting; tick the box to choose from all.";
      return;
    }
    try {
      const answers = await Promise.all([one.key, two.key].map(load));
      if (first.value === one.key && second.value === two.key) {
        verdict.textContent = show(one, two, answers);
      }
    } catch (error) {
      verdict.textContent = error.message;
    }
  };

  fill(first, rows);
  offer();
  first.addEventListener("change", () => (offer(), compare()));
  others.addEventListener("change", () => (offer(), compare()));
  second.addEventListener("change", compare);
  element("choice").addEventListener("submit", (event) => event.preventDefault());
  compare();
});
