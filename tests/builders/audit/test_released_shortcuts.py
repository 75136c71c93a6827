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


def test_known_shortcuts_of_the_released_edition(shared_dir):
    released = open_edition(shared_dir / "released")
    found = {each.task: each for each in audit(released, "mnli,xnli").tasks}
    shortcut = found["mnli"].shortcut
    assert shortcut.reads == "`hypothesis` alone"
    assert shortcut.accuracy == pytest.approx(0.472, abs=0.01)
    premises = [column(released, task, "premise") for task in ("mnli", "xnli")]
    assert len(premises[0] & premises[1]) == 105
    mnli, xnli = (
        column(released, task, "premise") | column(released, task, "hypothesis")
        for task in ("mnli", "xnli")
    )
    common = [text for text in mnli & xnli if len(words_and_marks(text)) >= 4]
    (crossing,) = [each for each in found["xnli"].findings if each.check == "task-overlap"]
    assert crossing.message.startswith(f"{len(common)} texts are in mnli, too")
