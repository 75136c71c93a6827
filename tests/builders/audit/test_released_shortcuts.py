"""What the released edition gives away, as measured; and two tasks that share texts."""

from __future__ import annotations

import pytest

from builders.audit.auditing import audit
from builders.audit.near import words_and_marks
from mceval8k.editions import open_edition
from mceval8k.text import normalise

pytestmark = pytest.mark.shared


def column(edition, task, name):
    return {normalise(text) for rows in edition.load(task).values() for text in rows[name]}


def test_known_shortcut_of_the_released_edition(shared_dir):
    """Of half the rows, chance would not be excluded."""
    (found,) = audit(open_edition(shared_dir / "released"), "mnli").tasks
    assert found.shortcut.reads == "`hypothesis` alone"
    assert found.shortcut.accuracy == pytest.approx(0.472, abs=0.01)


def test_two_tasks_have_premises_in_common(shared_dir):
    released = open_edition(shared_dir / "released")
    mnli, xnli = (column(released, task, "premise") for task in ("mnli", "xnli"))
    assert len(mnli & xnli) == 105


@pytest.mark.parametrize("share", [4, pytest.param(1, marks=pytest.mark.full)])
def test_texts_in_two_tasks_are_found(released_part, share):
    released = open_edition(released_part(("mnli", "xnli"), share))
    (found,) = [each for each in audit(released).tasks if each.task == "xnli"]
    mnli, xnli = (
        column(released, task, "premise") | column(released, task, "hypothesis")
        for task in ("mnli", "xnli")
    )
    common = [text for text in mnli & xnli if len(words_and_marks(text)) >= 4]
    assert common
    (crossing,) = [each for each in found.findings if each.check == "task-overlap"]
    assert crossing.message.startswith(f"{len(common)} texts are in mnli, too")
