"""Results on a local Hub, end to end: a dry run, a push, and the way back."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
import yaml

from neurgrad_eval.runs.hub import card
from neurgrad_eval.runs.result import Result, load
from neurgrad_eval.runs.rows import tabulate

HOSTILE = "```\n# <script>|x"


@pytest.fixture
def saved(tmp_path):
    """A small result in a folder, as a run of a local model."""
    neurons = tabulate([{"layer": 1, "neuron": n, "score": 5.0 - n} for n in range(3)])
    about = {"model": str(tmp_path / "secret" / "model"), "task": HOSTILE}
    options = {"model": str(tmp_path / "secret"), "out": "x"}
    Result("rank", {"best": neurons, "neurons": neurons}, about, FACTS, options=options).save(
        tmp_path / "run"
    )
    return tmp_path / "run"


FACTS = {"prompts": 1}


def separate(hub, code, **env):
    done = hub.separate("-c", f"import neurgrad_eval as ng\n{code}", HF_TOKEN="hf_writer", **env)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_dry_run_sends_nothing(hub, saved):
    name = hub.name()
    out = separate(hub, f"print(ng.load({str(saved)!r}).push_to_hub({name!r}))")
    assert "nothing was sent" in out
    assert "new      best.parquet" in out
    assert hub.repository(name) == {}


def test_what_was_pushed_comes_back(hub, saved, tmp_path):
    name = hub.name()
    push = f"print(ng.load({str(saved)!r}).push_to_hub({name!r}, dry_run=False).url)"
    assert f"/datasets/{name}/commit/" in separate(hub, push)
    back = tmp_path / "back"
    separate(hub, f"ng.from_hub({name!r}).save({str(back)!r})")
    here, there = load(saved), load(back)
    assert there.table("neurons").equals(here.table("neurons"))
    assert there.facts == here.facts
    assert there.about == {"model": "model", "task": HOSTILE}
    assert there.options == {}
    again = separate(hub, f"print(ng.load({str(saved)!r}).push_to_hub({name!r}, dry_run=False))")
    assert "same     neurons.parquet" in again
    assert len(hub.repository(name)["messages"]) == 2


def test_a_file_that_was_changed_on_the_hub_is_refused(hub, saved):
    name = hub.name()
    files = {path.name: path.read_bytes() for path in saved.iterdir() if path.is_file()}
    hub.plant(name, {"refs/heads/main": {**files, "neurons.parquet": b"other"}})
    done = hub.separate("-c", f"import neurgrad_eval as ng; ng.from_hub({name!r})")
    assert done.returncode != 0
    assert "neurons.parquet" in done.stderr.splitlines()[-1]


def test_what_is_not_there_is_one_line(hub):
    code = "import neurgrad_eval as ng; ng.from_hub('lab/none')"
    done = hub.separate("-c", code)
    assert "lab/none: there is no such repository on the Hub" in done.stderr.splitlines()[-1]


def test_the_card_is_for_datasets_and_escapes_what_it_shows(saved):
    text = card(load(saved))
    _, head, body = text.split("---\n", 2)
    known = yaml.safe_load(head)
    assert [one["config_name"] for one in known["configs"]] == ["best", "neurons"]
    assert known["configs"][0]["default"] is True
    block = body.split("```json\n")[1].split("\n```")[0]
    assert json.loads(block)["task"] == HOSTILE
    assert pq.read_table(saved / "neurons.parquet").num_rows == 3
