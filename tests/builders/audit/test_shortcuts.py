"""The strongest shortcut of a task, as the edition's audit has it, and where it is shown."""

from __future__ import annotations

import json
import shutil

import pytest
from typer.testing import CliRunner

from mceval8k.cli import app
from mceval8k.editions import Shortcut, open_edition, strongest_shortcuts
from mceval8k.errors import DataError
from mceval8k.files import sha256

SHORTCUT = Shortcut("`premise` alone", 0.5, 0.45, 0.55, 1 / 3, 90, {"en": 0.5})


@pytest.fixture
def edition(samples_edition, tmp_path):
    """The samples, with an audit that found a shortcut in agnews and none in paws."""
    folder = tmp_path / "edition"
    shutil.copytree(samples_edition.folder, folder)
    audit = json.loads((folder / "audit.json").read_text("utf-8"))
    audit["tasks"]["agnews"]["shortcut"] = SHORTCUT.to_json()
    audit["tasks"]["paws"]["shortcut"] = None
    write(folder, audit)
    return folder


def write(folder, audit, *, sign=True):
    (folder / "audit.json").write_text(json.dumps(audit), "utf-8")
    if sign:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        manifest["files"]["audit.json"] = sha256(folder / "audit.json")
        (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def test_it_is_read_from_the_audit(edition):
    found = strongest_shortcuts(open_edition(edition))
    assert found["agnews"] == SHORTCUT
    assert "paws" not in found
    assert str(SHORTCUT) == (
        "`premise` alone: 50.0% right, 95 % interval 45.0% to 55.0%, chance 33.3%"
    )


def test_without_an_audit_none_is_known(edition):
    (edition / "audit.json").unlink()
    assert strongest_shortcuts(open_edition(edition)) == {}


@pytest.mark.parametrize("damage", [{}, {"tasks": {"agnews": {"shortcut": {"reads": "x"}}}}, []])
def test_a_damaged_audit(edition, damage):
    write(edition, damage)
    with pytest.raises(DataError, match=r"audit\.json"):
        strongest_shortcuts(open_edition(edition))


def test_an_audit_of_something_else(edition):
    audit = json.loads((edition / "audit.json").read_text("utf-8"))
    write(edition, {**audit, "edition": "other"}, sign=False)
    with pytest.raises(DataError, match="differs from the manifest's hash"):
        strongest_shortcuts(open_edition(edition))


def test_show(edition):
    shown = CliRunner().invoke(app, ["show", "agnews", "--edition", str(edition)])
    assert "strongest shortcut of agnews: `premise` alone: 50.0% right" in shown.stderr
    shown = CliRunner().invoke(app, ["show", "agnews", "--edition", str(edition), "--json"])
    assert Shortcut.from_json(json.loads(shown.stdout)["shortcut"]) == SHORTCUT
    for words in (["paws", "--edition", str(edition)], ["agnews"]):
        shown = CliRunner().invoke(app, ["show", *words])
        assert shown.exit_code == 0
        assert "shortcut" not in shown.stderr
