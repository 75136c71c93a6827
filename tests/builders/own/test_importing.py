"""Own data becomes an edition: whole, split by group, the same again; bad rows are named."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from builders.audit.auditing import audit
from builders.making.sampling import split_sizes
from builders.own.importing import import_quiz
from builders.own.questions import read_questions
from builders.own.quiz import read_quiz
from builders.own.reading import read_table
from builders.validation import validate
from mceval8k import UsageError, load_task, open_edition, resolve
from mceval8k.errors import DataError


def rows_of(folder, name="colours"):
    return [item for split in load_task(name, folder).values() for item in split]


def bad_rows(quiz):
    return [str(each) for each in read_questions(quiz, read_table(quiz))[1]]


@pytest.fixture
def edition(quiz, tmp_path):
    import_quiz(quiz, tmp_path / "edition")
    return tmp_path / "edition"


def test_an_edition_that_every_command_reads(edition, colours):
    assert validate(edition).violations == ()
    opened = open_edition(edition)
    assert opened.tasks == ("colours",)
    assert [each.task for each in audit(opened).tasks] == ["colours"]
    task = opened.task("colours")
    assert (task.genre, task.languages, task.n_options) == ("own", ("en",), 3)
    golds = {item["question"]: item["options"][item["label"]] for item in rows_of(edition)}
    assert golds == {row["q"]: row["right"] for row in colours()}
    shown = {item["question"]: sorted(item["options"]) for item in rows_of(edition)}
    assert shown == {row["q"]: sorted(row["options"]) for row in colours()}


def test_names_are_resolved_beside_the_benchmark(edition):
    own = open_edition(edition).own_tasks
    assert [task.name for task in resolve("own", own)] == ["colours"]
    assert [task.name for task in resolve("colours,ner", own)] == ["ner", "colours"]
    with pytest.raises(UsageError, match="did you mean 'colours'"):
        resolve("color", own)
    with pytest.raises(UsageError, match="unknown task or genre 'colours'"):
        resolve("colours")
    with pytest.raises(UsageError, match="has no task 'ner'; it has: colours"):
        load_task("ner", edition)


def test_the_right_option_stands_everywhere_alike(edition):
    for split in load_task("colours", edition).values():
        counts = Counter(split["label"])
        assert max(counts.values()) - min(counts[label] for label in range(3)) <= 1


def test_the_same_data_gives_the_same_bytes(quiz, edition, tmp_path):
    import_quiz(quiz, tmp_path / "again")
    assert (tmp_path / "again/manifest.json").read_bytes() == (
        edition / "manifest.json"
    ).read_bytes()
    import_quiz(quiz, tmp_path / "other", seed=1)
    assert (tmp_path / "other/manifest.json").read_bytes() != (
        edition / "manifest.json"
    ).read_bytes()


def test_groups_are_never_cut_and_no_row_is_lost(write_quiz, colours, tmp_path):
    quiz = read_quiz(write_quiz(colours(48), group="box"))
    made = import_quiz(quiz, tmp_path / "edition")
    assert sum(made.counts.values()) == 48
    assert all(abs(made.counts[name] - size) <= 2 for name, size in split_sizes(48).items())
    homes = defaultdict(set)
    for split, items in load_task("colours", tmp_path / "edition").items():
        for item in items:
            box = next(row["box"] for row in colours(48) if row["q"] == item["question"])
            homes[box].add(split)
    assert {len(each) for each in homes.values()} == {1}


def test_a_group_too_large_to_be_split_is_refused(write_quiz, colours, tmp_path):
    rows = [{**row, "box": "only"} for row in colours(16)]
    with pytest.raises(DataError, match=r"split \w+ is empty: 16 rows in 1 groups"):
        import_quiz(read_quiz(write_quiz(rows, group="box")), tmp_path / "edition")
    assert not (tmp_path / "edition").exists()


@pytest.mark.parametrize("most", [2, 7, 10])
def test_numbers_of_options_may_vary(write_quiz, colours, tmp_path, most):
    rows = colours(60, lambda n: 2 + n % (most - 1))
    quiz = read_quiz(write_quiz(rows))
    import_quiz(quiz, tmp_path / "edition")
    assert validate(tmp_path / "edition").violations == ()
    task = open_edition(tmp_path / "edition").task("colours")
    assert task.option_counts == range(2, most + 1)
    golds = {i["question"]: i["options"][i["label"]] for i in rows_of(tmp_path / "edition")}
    assert golds == {row["q"]: row["right"] for row in rows}


def test_eleven_options_are_too_many(write_quiz, colours, tmp_path):
    rows = [{"q": "Which?", "options": json.dumps(list("abcdefghijk")), "right": "a"}]
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    quiz = write_quiz(colours(), data="data.jsonl", options="options")
    assert bad_rows(read_quiz(quiz)) == ["line 1: 11 options; an item has 2 to 10"]


def test_the_same_options_in_every_row_are_labels(write_quiz, tmp_path):
    rows = [
        {"q": f"Is {n} odd?", "options": ["No", "Yes"], "right": ("No", "Yes")[n % 2]}
        for n in range(40)
    ]
    import_quiz(read_quiz(write_quiz(rows, templated=True)), tmp_path / "edition")
    task = open_edition(tmp_path / "edition").task("colours")
    assert task.fixed_options == {"en": ("No", "Yes")}
    splits = load_task("colours", tmp_path / "edition")
    assert splits["train"].features["label"].names == ["No", "Yes"]
    assert sum(splits["train"]["label"]) == 15
    assert all(abs(2 * sum(part["label"]) - len(part)) <= 1 for part in splits.values())


def test_options_stay_in_order_where_that_is_wished(write_quiz, colours, tmp_path):
    import_quiz(read_quiz(write_quiz(colours(), shuffle=False)), tmp_path / "edition")
    shown = {item["question"]: item["options"] for item in rows_of(tmp_path / "edition")}
    assert shown == {row["q"]: row["options"] for row in colours()}


def test_one_question_for_all_rows_is_told_apart_by_options(write_quiz, tmp_path):
    rows = [
        {"q": "Which is even?", "options": [f"{2 * n}", f"{2 * n + 1}"], "right": f"{2 * n}"}
        for n in range(40)
    ]
    import_quiz(read_quiz(write_quiz(rows)), tmp_path / "edition")
    assert validate(tmp_path / "edition").violations == ()
    assert len({item["group"] for item in rows_of(tmp_path / "edition")}) == 40


class TestSplitByColumn:
    def rows(self, colours):
        names = ("train", "train", "test", "dev")
        return [{**row, "part": names[n % 4]} for n, row in enumerate(colours())]

    def test_rows_go_where_they_say(self, write_quiz, colours, tmp_path):
        rows = self.rows(colours)
        import_quiz(read_quiz(write_quiz(rows, split="part")), tmp_path / "edition")
        splits = load_task("colours", tmp_path / "edition")
        wanted = {"train": "train", "test": "test", "dev": "validation"}
        for row in rows:
            assert row["q"] in splits[wanted[row["part"]]]["question"]
        assert validate(tmp_path / "edition").violations == ()

    def test_no_validation_is_no_fault(self, write_quiz, colours, tmp_path):
        rows = [{**row, "part": ("train", "test")[n % 2]} for n, row in enumerate(colours())]
        made = import_quiz(read_quiz(write_quiz(rows, split="part")), tmp_path / "edition")
        assert made.counts == {"train": 20, "validation": 0, "test": 20}
        assert validate(tmp_path / "edition").violations == ()

    def test_a_group_in_two_splits_is_bad(self, write_quiz, colours):
        rows = [
            {**row, "box": "same" if n in (0, 2) else n} for n, row in enumerate(self.rows(colours))
        ]
        quiz = read_quiz(write_quiz(rows, split="part", group="box"))
        assert bad_rows(quiz) == ["row 2: is in test, but row 0 of train has the same group"]

    def test_an_unknown_split_is_bad(self, write_quiz, colours):
        rows = [{**row, "part": "training"} for row in colours()]
        quiz = read_quiz(write_quiz(rows, split="part"))
        assert bad_rows(quiz)[0] == 'row 0: split "training" is none of train, validation, test'


class TestBadRows:
    @pytest.fixture
    def spoilt(self, write_quiz, colours):
        rows = colours(20)
        rows[3]["q"] = " "
        rows[5]["options"] = ["red", "Red ", "blue"]
        rows[7]["right"] = "purple"
        rows[9] = {**rows[8], "box": "x"}
        rows[11] = {
            **rows[10],
            "right": next(o for o in rows[10]["options"] if o != rows[10]["right"]),
        }
        rows[13]["options"] = ["red", "", "blue"]
        rows[15]["options"] = ["red", "", ""]
        return read_quiz(write_quiz(rows))

    def test_all_are_named(self, spoilt):
        assert bad_rows(spoilt) == [
            "row 3: column 'q' is blank",
            'row 5: two options are the same: ["red", "Red", "blue"]',
            'row 7: label "purple" is none of its 3 options',
            "row 9: asks the same as row 8",
            "row 11: contradicts row 10",
            "row 13: column 'o1' is blank",
            "row 15: 1 options; an item has 2 to 10",
        ]

    def test_nothing_is_written(self, spoilt, tmp_path):
        with pytest.raises(
            DataError, match=r"7 of 20 rows are bad, nothing was written: row 3: .*; and 2 more"
        ):
            import_quiz(spoilt, tmp_path / "edition")
        assert not (tmp_path / "edition").exists()

    def test_or_they_are_left_out(self, spoilt, tmp_path):
        made = import_quiz(spoilt, tmp_path / "edition", drop_bad=True)
        assert sum(made.counts.values()) == 13
        assert len(made.bad) == 7
        assert validate(tmp_path / "edition").violations == ()


def test_a_dry_run_writes_nothing(quiz, tmp_path):
    made = import_quiz(quiz, tmp_path / "edition", dry_run=True)
    assert made.counts == {"train": 30, "validation": 5, "test": 5}
    assert made.digest == ""
    assert not (tmp_path / "edition").exists()


def test_an_edition_is_replaced_and_something_else_is_not(quiz, edition, tmp_path):
    import_quiz(quiz, edition, seed=1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="exists and is no earlier result"):
        import_quiz(quiz, tmp_path / "mine")


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_other_forms_give_the_same_items(write_quiz, colours, edition, tmp_path, suffix):
    rows = [{**row, "choices": {"text": row["options"]}} for row in colours()]
    path = tmp_path / f"data.{suffix}"
    if suffix == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    quiz = read_quiz(write_quiz(colours(), data=path.name, options="choices.text"))
    import_quiz(quiz, tmp_path / "other")
    ids = {item["id"] for item in rows_of(edition)}
    assert {item["id"] for item in rows_of(tmp_path / "other")} == ids


def test_languages_in_a_column(write_quiz, colours, tmp_path):
    rows = [{**row, "tongue": ("en", "fr")[n % 2]} for n, row in enumerate(colours(64))]
    words = {"en": "Name the colour.", "fr": "Nommez la couleur."}
    path = write_quiz(rows, lang="tongue", instruction=words)
    import_quiz(read_quiz(path), tmp_path / "edition")
    assert open_edition(tmp_path / "edition").task("colours").languages == ("en", "fr")
    assert validate(tmp_path / "edition").violations == ()
    only = read_quiz(write_quiz(rows, lang="tongue"))
    assert bad_rows(only)[0] == 'row 1: language "fr": there is an instruction in en'


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "agnews"}, "name 'agnews' is taken by the benchmark"),
        ({"name": "../x"}, "name '../x': small letters and digits"),
        ({"name": "tasks"}, "is taken"),
        ({"name": "x-gen"}, "names that end in '-gen'"),
        ({"data": "none.csv"}, "none.csv: no such file"),
        ({"data": "quiz.xlsx"}, "not a file in .parquet, .jsonl, .csv"),
        ({"question": "ask"}, "has no column 'ask'; it has: q, right, box, o0"),
        ({"label": None}, "'label' is a required property"),
        ({"instruction": {"ja": "x"}}, "instruction: 'ja' is not one of"),
        ({"optoins": ["a"]}, "'optoins' was unexpected"),
        ({"label": None, "labl": "right"}, "'labl' was unexpected"),
        ({"data": {"hub": "a/b", "file": "c"}}, "data: "),
        ({"lang": "fr"}, "instruction: there is none in 'fr'"),
    ],
)
def test_what_is_wrong_with_the_file_is_named(write_quiz, colours, tmp_path, fields, message):
    path = write_quiz(colours(), **fields)
    with pytest.raises(DataError) as caught:
        import_quiz(read_quiz(path), tmp_path / "edition")
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


class TestRecord:
    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("fewest: 3", "fewest: 12", "options.fewest: 12 is greater than the maximum"),
            ("name: colours", "name: other", "the record is of task 'other'"),
            ("genre", "genre", "content differs"),
        ],
    )
    def test_a_damaged_record_is_refused(self, edition, old, new, message):
        path = edition / "tasks/colours.yaml"
        text = path.read_text().replace(old, new) + "# changed\n"
        path.write_text(text)
        (found,) = validate(edition).violations
        assert "content differs from the manifest's hash" in str(found)
        manifest = json.loads((edition / "manifest.json").read_text())
        if "differs" in message:
            return
        import hashlib

        manifest["files"]["tasks/colours.yaml"] = hashlib.sha256(text.encode()).hexdigest()
        (edition / "manifest.json").write_text(json.dumps(manifest))
        with pytest.raises(DataError, match=message):
            open_edition(edition).task("colours")
        assert message in str(validate(edition).violations[0])

    def test_yaml_of_a_stranger_makes_no_objects(self, edition):
        from mceval8k.editions.own import read_record

        path = edition / "tasks/colours.yaml"
        path.write_text("!!python/object/apply:os.system ['touch hacked']")
        with pytest.raises(DataError, match="could not determine a constructor"):
            read_record(path)
