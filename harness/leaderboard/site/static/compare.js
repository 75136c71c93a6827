// The page on which two rows are chosen and compared. Answers are loaded when they are needed, as
// scripts: a page that was opened from a disk may not fetch files. The choice is in the address.
"use strict";
const mceval8k = { answers: new Map() };
mceval8k.add = (key, answers) => mceval8k.answers.set(key, answers);

document.addEventListener("DOMContentLoaded", () => {
  const { rows: lines, tasks, settings } = window.mceval8kBoard;
  const groups = window.mceval8kGroups;
  const rows = lines.map(([key, name, , detail, setting]) => ({ key, name, detail, setting: settings[setting] }));
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

  const signed = (value) => `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(3)}`;
  const shown = (value) => value.toFixed(3).replace("-", "−");
  const asP = (value) => (value < 0.001 ? "< 0.001" : value.toFixed(3));
  const names = { chance_corrected: "above chance", genre_macro: "genre-macro", micro: "micro (all items)" };

  const tableLine = (found) => {
    const row = document.createElement("tr");
    if (found.level !== "task") row.className = "mean";
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = names[found.name] || found.name;
    row.append(head);
    const cells = [
      found.n,
      shown(found.accuracies[0]),
      shown(found.accuracies[1]),
      signed(found.difference),
      found.bounds ? found.bounds.map(signed).join(" to ") : "",
      found.onlyFirst,
      found.onlySecond,
      asP(found.p),
      found.pHolm === undefined ? "" : asP(found.pHolm),
    ];
    for (const text of cells) {
      const cell = document.createElement("td");
      cell.className = "number";
      cell.textContent = text;
      row.append(cell);
    }
    return row;
  };

  const show = (one, two, answers) => {
    const shared = tasks.filter(({ name }) => name in answers[0] && name in answers[1]);
    element("pairs").hidden = shared.length === 0;
    if (shared.length === 0) return "The two rows have no task in common.";
    const found = paired.compare(
      shared.map((task) => ({
        ...task,
        first: paired.unpack(answers[0][task.name], task.n),
        second: paired.unpack(answers[1][task.name], task.n),
        groups: paired.numbers(groups[task.name], task.n),
      })),
    );
    element("pairs").tBodies[0].replaceChildren(...found.map(tableLine));
    const all = found[2];
    const parts = [
      `Over all ${all.n} items of ${shared.length} tasks the first row is right ${all.onlyFirst} times where the second is wrong, and wrong ${all.onlySecond} times where it is right (p ${all.p < 0.001 ? asP(all.p) : `= ${asP(all.p)}`}).`,
    ];
    if (one.setting !== two.setting) {
      parts.push("The settings differ: the difference is of model and setting together.");
    }
    return parts.join(" ");
  };

  const keep = () => {
    const query = new URLSearchParams({ first: first.value, second: second.value });
    if (others.checked) query.set("others", "1");
    try {
      history.replaceState(null, "", `?${query}`);
    } catch {
      // a browser may refuse it to pages that were opened from a disk
    }
  };
  const compare = async () => {
    const [one, two] = [byKey.get(first.value), byKey.get(second.value)];
    const verdict = element("verdict");
    if (!one || !two) {
      element("pairs").hidden = true;
      verdict.textContent = "No other row has this setting; tick the box to choose from all.";
      return;
    }
    keep();
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
  const query = new URLSearchParams(location.search);
  if (byKey.has(query.get("first"))) first.value = query.get("first");
  others.checked = query.get("others") === "1";
  offer();
  if (byKey.has(query.get("second"))) second.value = query.get("second");
  if (!second.value) offer();
  first.addEventListener("change", () => (offer(), compare()));
  others.addEventListener("change", () => (offer(), compare()));
  second.addEventListener("change", compare);
  element("choice").addEventListener("submit", (event) => event.preventDefault());
  compare();
});
