"""Text stays text: hostile texts go through everything that is written, and parsers read it back.

A page with hostile texts has the elements and attributes of the same page with harmless ones, a
Markdown file has the same parts, a CSV file has the same cells, none a formula, and no control
character reaches a terminal.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from rich.table import Table as RichTable

from builders.own.importing import import_data
from harness.leaderboard.board import Board, Row, make_board
from harness.leaderboard.collecting import collect
from harness.leaderboard.finding import find_results
from harness.leaderboard.records import Rejected
from harness.leaderboard.writing import write_board
from mceval8k import console
from mceval8k.csv_text import safe_text, to_csv
from mceval8k.editions.own import check_name
from mceval8k.json_text import script_json
from mceval8k.markdown_text import code, plain
from mceval8k.prompts.pack import load_pack
from mceval8k.registry import all_tasks
from neurgrad_eval.report import write_report
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.rows import tabulate
from neurgrad_eval.show.console import show
from neurgrad_eval.show.views import View
from tests.harness.leaderboard.result_files import make_run, write_run
from tests.neurgrad_eval.test_report import evaluation, probing
from tests.reliability.conftest import Commands
from tests.reliability.parsed import Page, csv_rows, markdown_text, markdown_types
from tests.reliability.payloads import CONTROLS, PAYLOADS, TURNING

each_payload = pytest.mark.parametrize("text", PAYLOADS)
NOTHING_ELSE = "default-src 'none';"
"""How the policy of each page begins."""
HARMLESS = tuple(f"harmless text {number}" for number in range(len(PAYLOADS)))


def unseen_left_out(text: str) -> str:
    return "".join(c for c in text if c not in CONTROLS | TURNING)


def one_line(text: str) -> str:
    """Text as it is shown on one line."""
    return " ".join(unseen_left_out(" ".join(text.split())).split())


def test_there_are_enough_of_them():
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 60


@each_payload
def test_a_cell_of_a_csv_file(text):
    rows = csv_rows(to_csv(["a", text], [{"a": text, text: "x"}, {"a": "y"}]))
    assert rows[1:] == [[safe_text(text), "x"], ["y", ""]]


@each_payload
def test_words_and_code_of_markdown(text):
    shown = f"{plain(text)}\n\n| h |\n|---|\n| {plain(text)} |\n| {code(text)} |"
    assert markdown_types(shown) == markdown_types("word\n\n| h |\n|---|\n| word |\n| `word` |")
    assert markdown_text(plain(text)).strip() == one_line(text)


@each_payload
def test_a_value_in_a_script(text):
    written = script_json({text: [text]})
    assert json.loads(written) == {text: [text]}
    page = Page(f"<script>x = {written};</script><p>")
    assert page.elements == [("script",), ("p",)]
    assert not set(written) & (CONTROLS | set("<>&\u2028\u2029"))


@each_payload
def test_an_own_tasks_name(text):
    with pytest.raises(ValueError, match="name "):
        check_name(text)


@each_payload
def test_the_terminal(text, capsys):
    shown = RichTable(text, title=text)
    shown.add_row(text)
    console.say(text)
    console.print_text(text)
    console.results().print(shown)
    table = tabulate([{"task": text, "accuracy": 0.5}, {"task": "b", "accuracy": 0.5}])
    show([View(text, "t")], {"t": table}, [text])
    console.print_json({text: text})
    told = capsys.readouterr()
    assert not set(told.out + told.err) & (CONTROLS | TURNING)
    assert " ".join(unseen_left_out(text).split())[:40] in " ".join(told.err.split())
    assert "🔥" not in told.out + told.err
    place = told.out.rindex("{\n")
    assert json.loads(told.out[place:]) == {text: text}


@each_payload
def test_a_question_is_asked_as_it_stands(text):
    task = all_tasks()["agnews"]
    item: Any = {
        "question": text,
        "options": [text, "b", "c", "d"],
        "label": 0,
        "lang": "en",
        "group": "g",
    }
    prompt = load_pack("plain").prompt(task, item, (item,))
    assert prompt.count(text) >= 2


def board_of(folder: Path, texts: Sequence[str]) -> Board:
    """A board of a model for each text, whose items are made of them, too."""
    for number, text in enumerate(texts):
        content, samples = make_run("lab/m", tasks={"agnews": 1.0}, n=8, seed=str(number))
        content["config"]["model_args"] = {"pretrained": f"{text} {number}", "extra": text}
        content["config"]["model_dtype"] = text
        content["config"]["model"] = text
        write_run(folder / f"{number}", content, samples)
    runs = collect(find_results([folder]), use_cache=False)
    board = make_board(runs, tasks="agnews")
    rows = tuple(_with_items(row, texts) for row in board.rows)
    return replace(board, rows=rows, rejected=tuple(Rejected(text, text, text) for text in texts))


def _with_items(row: Row, texts: Sequence[str]) -> Row:
    entries = {}
    for name, entry in row.entries.items():
        drawn = cycle(texts)
        examples = tuple(
            replace(
                example,
                question="\n".join(texts[number :: len(entry.result.examples)]),
                options=tuple(next(drawn) for _ in example.options),
            )
            for number, example in enumerate(entry.result.examples)
        )
        entries[name] = replace(entry, result=replace(entry.result, examples=examples))
    return replace(row, entries=entries)


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Folders of a hostile board and of a harmless one."""
    found = {}
    for name, texts in (("hostile", PAYLOADS), ("harmless", HARMLESS)):
        folder = tmp_path_factory.mktemp(name)
        write_board(board_of(folder / "runs", texts), folder / "board")
        found[name] = folder / "board"
    return found


def pages(site: Path) -> Mapping[str, list[Page]]:
    """Pages by kind: those of models are of one."""
    found: dict[str, list[Page]] = {}
    for path in sorted(site.rglob("*.html")):
        kind = path.relative_to(site).as_posix()
        kind = "model" if kind.startswith("models/") else kind
        found.setdefault(kind, []).append(Page(path.read_text(encoding="utf-8")))
    return found


def elements(of: Iterable[Page]) -> Counter[tuple[str, ...]]:
    """Elements with the names of their attributes; a title has the whole of a name that is cut."""
    found = (element for page in of for element in page.elements)
    return Counter((tag, *(name for name in names if name != "title")) for tag, *names in found)


def test_the_pages_of_a_board(boards):
    hostile, harmless = (pages(boards[name] / "site") for name in ("hostile", "harmless"))
    assert list(hostile) == list(harmless)
    for kind, found in hostile.items():
        assert elements(found) == elements(harmless[kind]), kind
        assert all(page.policy.startswith(NOTHING_ELSE) for page in found), kind
        here = re.compile(r"(\.\./)*[\w./-]+(#\w+|\?row=\w+)?|data:,|#\w+|https://(github|hugg)\S+")
        assert all(here.fullmatch(each) for page in found for each in page.addresses), kind
    shown = "".join(page.text for page in hostile["runs.html"])
    assert "<img src=x onerror=alert(4)> 3" in shown
    assert "{{ 7*7 }}{% for x in y %}" in shown


def test_the_names_of_a_boards_files(boards):
    for path in (boards["hostile"]).rglob("*"):
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,80}", path.name), path


def test_the_tables_of_a_board(boards):
    folders = [boards[name] / "data" for name in ("hostile", "harmless")]
    for name in ("scores.csv", "rejected.csv"):
        texts = [(folder / name).read_bytes().decode() for folder in folders]
        hostile, harmless = map(csv_rows, texts)
        assert len(hostile) == len(harmless)
    names = set(pq.read_table(folders[0] / "scores.parquet")["model"].to_pylist())
    assert len(names) == len(PAYLOADS)


def test_the_markdown_of_a_board(boards):
    for name in ("leaderboard.md", "data/README.md", "site/README.md"):
        texts = [(boards[kind] / name).read_text("utf-8") for kind in ("hostile", "harmless")]
        assert markdown_types(texts[0]) == markdown_types(texts[1]), name
        if name.endswith("README.md"):
            heads = [yaml.safe_load(text.split("---\n")[1]) for text in texts]
            assert heads[0] == heads[1]


def test_the_scripts_of_a_board(boards):
    for path in (boards["hostile"] / "site").rglob("*.js"):
        if path.parent.name != "assets" or path.name in ("rows.js", "groups.js"):
            text = path.read_text(encoding="utf-8")
            assert not set(text) & (CONTROLS | set("<>&\u2028\u2029")), path
            assert text.startswith(("window.mceval8k", "mceval8k.add("))


def reports(folder: Path, texts: Sequence[str]) -> Path:
    """A page of neurgrad about runs that are made of the texts."""
    together = " ".join(texts)
    run = evaluation(folder / "evaluation", together, pack=together, edition=together)
    (task,) = json.loads((run / "summary.json").read_text())["tasks"]
    named = [{**task, "task": text, "genre": text} for text in texts]
    averages = {text: {"value": 0.5, "low": 0.4, "high": 0.6} for text in texts}
    evaluation(run, together, pack=together, tasks=named, averages=averages)
    folders = [run]
    for number in range(5):
        some = " ".join(texts[number::5])
        folders.append(probing(folder / f"probing-{number}", some, some))
    write_report(folders, folder / "report.html")
    return folder / "report.html"


def figures(html: str) -> list[Any]:
    found = re.findall(r'<script type="application/json">(.*?)</script>', html)
    return [json.loads(text) for text in found]


def strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


@pytest.fixture(scope="module")
def pages_of_runs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    return {
        name: reports(tmp_path_factory.mktemp(name), texts)
        for name, texts in (("hostile", PAYLOADS), ("harmless", HARMLESS))
    }


def test_the_page_of_runs(pages_of_runs):
    texts = {name: path.read_text(encoding="utf-8") for name, path in pages_of_runs.items()}
    hostile, harmless = (Page(texts[name]) for name in ("hostile", "harmless"))
    assert hostile.elements == harmless.elements
    assert hostile.policy.startswith(NOTHING_ELSE)
    assert hostile.addresses == harmless.addresses
    assert all(address.startswith("#part-") for address in hostile.addresses)
    drawn = [text for figure in figures(texts["hostile"]) for text in strings(figure)]
    assert any("&lt;img" in text for text in drawn)
    assert {text for text in drawn if "<" in text} <= {
        text for figure in figures(texts["harmless"]) for text in strings(figure)
    }


@each_payload
def test_the_files_of_a_result(tmp_path, text):
    rows = [{"run": text, "probe": "polarity", "neurons": 8, "accuracy": 0.5, "chance": 0.25}]
    rows[0] |= {"beyond_lm_prob": 0.1, "beyond_text": None, "p_holm": 0.5}
    result = Result("probe", {"probes": tabulate(rows)}, {"model": text, "task": text})
    result.save(tmp_path / "run")
    (found,) = (tmp_path / "run").glob("*.csv")
    assert csv_rows(found.read_bytes().decode())[1][0] == safe_text(text)
    assert json.loads((tmp_path / "run" / "manifest.json").read_text("utf-8"))


def own_edition(folder: Path, texts: Sequence[str]) -> Path:
    """An edition of somebody's own questions, whose every text is one of these."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        {"q": f"{text} {n}", "o": [text, f"b{n}", f"c{n}"], "right": 0, "g": f"{text} {n}"}
        for n, text in enumerate(texts)
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "quiz.jsonl").write_text(lines, encoding="utf-8")
    told = "\n\n".join(texts)
    quiz = {
        **{"name": "own-quiz", "data": str(folder / "quiz.jsonl"), "question": "q", "options": "o"},
        **{"label": "right", "group": "g", "instruction": {"en": told}, "summary": told},
        **{"licence": told, "citation": told},
    }
    import_data(quiz, folder / "edition", drop_bad=True)
    return folder / "edition"


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    return {
        name: own_edition(tmp_path_factory.mktemp(name), texts)
        for name, texts in (("hostile", PAYLOADS), ("harmless", HARMLESS))
    }


def test_the_card_of_an_edition(editions):
    texts = [(editions[name] / "README.md").read_text("utf-8") for name in ("hostile", "harmless")]
    heads = [yaml.safe_load(text.split("---\n")[1]) for text in texts]
    assert heads[0] == heads[1]
    bodies = [text.split("---\n", 2)[2].partition("## Audit")[0] for text in texts]
    assert markdown_types(bodies[0]) == markdown_types(bodies[1])
    records = [yaml.safe_load((editions[n] / "tasks/own-quiz.yaml").read_text()) for n in editions]
    assert records[0].keys() == records[1].keys()


def said_by(commands: Commands, tmp_path: Path) -> Callable[..., str]:
    def run(*words: object) -> str:
        status, _ = commands.run([str(word) for word in words], tmp_path)
        assert status in (0, 1), commands.said
        assert not set(commands.said) & (CONTROLS | TURNING), words
        assert "Traceback" not in commands.said
        return commands.said

    return run


def test_what_commands_say_of_an_edition(commands: Commands, editions, tmp_path):
    run = said_by(commands, tmp_path)
    edition = editions["hostile"]
    run("mceval8k", "tasks", "--edition", edition)
    run("mceval8k", "validate", edition)
    for split in ("train", "test"):
        for index in range(3):
            words = ("show", "own-quiz", "--edition", edition, "--split", split, "--index", index)
            run("mceval8k", *words, *(["--json"] if index == 2 else []))
    run("mceval8k", "audit", edition, "--processes", "1", "--html", tmp_path / "page.html")
    page = Page((tmp_path / "page.html").read_text("utf-8"))
    assert set(page.addresses) == {"#own-quiz"}
    assert page.policy.startswith(NOTHING_ELSE)
    known = {"a", "html", "head", "meta", "title", "style", "body", "main", "header", "footer"}
    known |= {"h1", "h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "dl"}
    known |= {"dt", "dd", "code", "pre", "details", "summary", "span", "div", "section", "caption"}
    known |= {"blockquote", "small", "strong", "em", "nav", "ol", "figure", "q", "br", "b", "i"}
    assert {tag for tag, *_ in page.elements} <= known - {"b", "i"}
    assert not [e for e in page.elements if any(a.startswith("on") for a in e[1:])]
