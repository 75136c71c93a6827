"""The audit that an edition carries, and what its card says of it."""

from __future__ import annotations

import json

from builders.audit.auditing import audit
from builders.audit.finding import Finding
from builders.audit.result import Audit, TaskAudit
from builders.audit.stored import read_audit
from builders.card.audit_section import audit_section
from builders.publishing.subset import write_subset
from mceval8k.editions import Shortcut, open_edition

HOSTILE = "a | b <script>x</script>\n## Tasks"


def finding(severity, message):
    return Finding(
        check="shortcut",
        splits=("train", "test"),
        count=3,
        of=4,
        severity=severity,
        message=message,
        examples=("x",),
    )


def test_an_edition_carries_its_audit(samples_edition):
    folder = samples_edition.folder
    stored = read_audit(folder)
    found = audit(open_edition(folder))
    assert stored.edition == "samples"
    assert stored.tasks == found.tasks
    assert "audit.json" in samples_edition.manifest.files
    assert str(folder) not in (folder / "audit.json").read_text("utf-8")


def test_an_audit_is_read_back_as_it_was():
    counts = {"train": 2, "validation": 1, "test": 1}
    before = Audit("toy", (TaskAudit("ner", counts, (finding("error", "bad"),)),))
    assert Audit.from_json(json.loads(json.dumps(before.to_json()))) == before


def test_the_card_names_errors_and_warnings_and_escapes_them():
    findings = (finding("info", "quiet"), finding("warning", HOSTILE), finding("error", "bad"))
    shortcut = Shortcut(HOSTILE, 0.75, 0.7, 0.8, 0.25, 90, {"en": 0.75})
    tasks = (TaskAudit("ner", {"train": 7}, findings, shortcut), TaskAudit("imdb", {}, ()))
    text = audit_section(Audit("toy", tasks))
    (row,) = [line for line in text.splitlines() if line.startswith(("| `ner`", "| `imdb`"))]
    assert row.startswith("| `ner` | `shortcut` | `shortcut` | a \\| b")
    assert "75.0% right, 95 % interval 70.0% to 80.0%, chance 25.0%" in row
    assert "rows: 7, findings: error 1, warning 1, info 1" in text
    assert "quiet" not in text
    assert "<script" not in text.replace("\\<script", "")
    assert "\n## Tasks" not in text


def test_an_edition_without_some_tasks_keeps_the_audit_of_the_others(samples_edition, tmp_path):
    write_subset(samples_edition.folder, {"ner", "agnews"}, tmp_path)
    left = [each.task for each in read_audit(tmp_path).tasks]
    assert left == [
        each.task
        for each in read_audit(samples_edition.folder).tasks
        if each.task not in ("ner", "agnews")
    ]
    assert "\n## Audit\n" in (tmp_path / "README.md").read_text("utf-8")
