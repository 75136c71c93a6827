"""Experiments ask a task that an edition brings along, and refuse one whose answers vary."""

import json

import pytest

from mceval8k import UsageError, import_data
from neurgrad_eval.experiments.collect import CollectOptions
from neurgrad_eval.inputs.plan import make_plan, make_training_plan


def asked(folder, counts):
    rows = [
        {
            "q": f"Row {n * n} in hall {n * 7 % 13}: who sits on chair {n}?",
            "options": [f"guest {n} {i}" for i in range(counts[n % len(counts)])],
            "right": "ABCDEF"[n % counts[n % len(counts)]],
        }
        for n in range(80)
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    fields = {
        "name": "guests",
        "data": str(folder / "rows.jsonl"),
        "question": "q",
        "options": "options",
        "label": "right",
        "instruction": {"en": "Say who sits there."},
        "templated": True,
    }
    import_data(fields, folder / "edition")
    return CollectOptions(
        model="tiny",
        edition=str(folder / "edition"),
        task="guests",
        train_size=12,
        test_size=5,
        validation_size=0,
    )


def test_six_options_are_asked_by_six_symbols(tmp_path):
    given = asked(tmp_path, [6])
    plan = make_plan(given)
    assert plan.answers == (" A", " B", " C", " D", " E", " F")
    assert plan.about()["task"] == "guests"
    assert len(plan.prompts) == 17
    assert all("\nF. guest" in prompt for prompt in plan.prompts)
    assert [name for name, _ in given.several()] == ["guests"]


def test_numbers_of_options_that_vary_are_refused_before_anything_is_read(tmp_path):
    given = asked(tmp_path, [2, 4])
    for plan in (make_plan, lambda given: make_training_plan(given, 8)):
        with pytest.raises(UsageError, match="guests: its items have 2 to 4 options"):
            plan(given)
