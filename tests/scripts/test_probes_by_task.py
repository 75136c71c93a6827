"""One table of the probes of several runs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from mceval8k.errors import UsageError
from neurgrad_eval.runs.result import Result
from scripts.probes_by_task import Answered, compared, main, marks, read

GOLD = np.arange(40) % 4
PROBE = {"probe": "centred", "neurons": 64, "accuracy": 0.5, "chance": 0.25} | dict.fromkeys(
    ("accuracy_low", "accuracy_high", "beyond_lm_prob", "beyond_text", "p_holm"), 0.0
)


def answers(right):
    """Answers of which so many are right, and the others the next one."""
    return np.where(np.arange(40) < right, GOLD, (GOLD + 1) % 4)


def answered(task="ner", **given):
    return Answered(task, 4, GOLD, [str(row) for row in range(40)], given)


def saved(folder, given, numbers=(64,)):
    """A run of `neurgrad probe` with these answers."""
    ids = [f"i{row}" for row in range(40)]
    rows = [
        {"id": name, "label": int(gold), "probe": probe, "neurons": number, "answer": int(answer)}
        for probe, values in given.items()
        for number in numbers
        for name, gold, answer in zip(ids, GOLD, values, strict=True)
    ]
    # Items are in another order than predictions, with training items among them.
    items = {
        "id": [*reversed(ids), "other"],
        "split": ["test"] * 40 + ["train"],
        "label": [*GOLD[::-1].tolist(), 0],
        "group": [f"g{int(name[1:]) // 2}" for name in reversed(ids)] + ["g"],
    }
    tables = {
        "probes": pa.table({name: [value] for name, value in PROBE.items()}),
        "predictions": pa.Table.from_pylist(rows),
        "items": pa.table(items),
    }
    Result("probe", tables, {"task": "ner"}, large=frozenset(tables)).save(folder)
    return folder


def test_a_run_is_read_with_labels_and_groups_in_the_order_of_its_answers(tmp_path):
    found = read(saved(tmp_path / "run", {"centred": answers(30), "text": answers(20)}))
    assert (found.task, found.options) == ("ner", 4)
    assert found.labels.tolist() == GOLD.tolist()
    assert found.groups == [f"g{row // 2}" for row in range(40)]
    assert {name: int(found.right(name).sum()) for name in found.answers} == {
        "centred": 30,
        "text": 20,
    }


def test_several_numbers_of_neurons_are_refused(tmp_path):
    with pytest.raises(UsageError, match="several numbers of neurons"):
        read(saved(tmp_path / "run", {"centred": answers(30)}, (64, 256)))


def test_accuracies_are_marked_where_they_are_above_chance_and_text():
    found = marks(
        [answered(text=answers(20), centred=answers(36), polarity=answers(10))],
        ["text", "centred", "polarity"],
    )
    assert found == {
        ("ner", "text"): "*",
        ("ner", "centred"): "*+",
        ("ner", "polarity"): "",
    }
    below = marks([answered(text=answers(36), centred=answers(20))], ["centred"])
    assert below == {("ner", "centred"): "*"}


def test_marks_are_adjusted_for_all_accuracies():
    alone = answered(text=answers(10), centred=answers(17))
    assert marks([alone], ["centred"]) == {("ner", "centred"): "*+"}
    nothing = {"text": answers(10), "centred": answers(10)}
    several = [alone, *(answered(str(task), **nothing) for task in range(50))]
    assert marks(several, ["centred"])["ner", "centred"] == ""


def test_differences_are_exact_and_adjusted_over_the_tasks_that_differ():
    runs = [
        answered("ner", centred=answers(18), polarity=answers(10)),  # 8 items, all one way
        answered("mnli", centred=answers(16), polarity=answers(10)),  # 6
        answered("paws", centred=answers(10), polarity=answers(10)),
    ]
    found = compared(runs, "centred", "polarity")
    assert found["paws"] == "same |  |"
    assert found["ner"].startswith("+0.200 | [+0.")
    assert [found[task].split(" | ")[-1] for task in ("ner", "mnli")] == ["0.016", "0.031"]
    assert compared(runs, "polarity", "centred")["ner"].startswith("−0.200 | [−0.")


def test_the_table_has_a_line_for_each_task(tmp_path, capsys):
    given = {"lm-prob": answers(10), "centred": answers(30), "polarity": answers(10)}
    main([saved(tmp_path / "run", given)])
    header, _, row = capsys.readouterr().out.splitlines()
    assert header == (
        "| task | answers | items | centred | polarity | lm-prob | centred − polarity | 95 % | "
        "p (Holm) |"
    )
    assert row.startswith("| `ner` | 4 | 40 | 0.750* | 0.250 | 0.250 | +0.500 | [")
    with pytest.raises(UsageError, match="not every run has the probe magnitude"):
        main([tmp_path / "run"], second="magnitude")
