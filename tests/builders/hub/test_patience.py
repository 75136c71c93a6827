"""A Hub that is busy, hangs or drops connections: waited for, or one line in the end."""

from __future__ import annotations

import pytest

from tests.builders.hub.test_hub_source import CONVERTED, MAIN, NEWS, build
from tests.builders.hub.test_push_failures import error_line

FAULTS = ("busy", "hang", "drop")
SHORT = {"MCEVAL8K_HUB_TIMEOUT": "1", "HF_HUB_DOWNLOAD_TIMEOUT": "1", "HF_HUB_ETAG_TIMEOUT": "1"}


def notes(result):
    return [line for line in result["stderr"].splitlines() if "retrying in" in line]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_push_waits_for_a_hub_that_fails_once(hub, build_news, tmp_path, fault):
    name, folder = hub.name(), build_news(tmp_path / "out", size=40)
    hub.control(faults={fault: 1})
    done = hub.ask(command=["push", str(folder), name], env={"HF_TOKEN": "hf_writer", **SHORT})
    assert done["status"] == 0, done["stderr"]
    assert len(notes(done)) == 1
    assert name in notes(done)[0]


@pytest.mark.parametrize("fault", ["busy", "drop"])
def test_a_hub_that_goes_on_failing_is_one_line(hub, build_news, tmp_path, fault):
    name, folder = hub.name(), build_news(tmp_path / "out", size=40)
    hub.control(faults={fault: -1})
    done = hub.run("push", "--yes", folder, name)
    assert name in error_line(done)
    assert len(notes(done)) == 4
    hub.control(faults={})
    assert hub.repository(name) == {}


@pytest.mark.parametrize("fault", ["busy", "drop"])
def test_a_build_waits_for_a_hub_that_fails_once(hub, converted, tmp_path, fault):
    hub.plant(NEWS, {MAIN: {}, CONVERTED: {**converted, "more.txt": fault.encode()}})
    hub.control(faults={fault: 1})
    done = build(hub, tmp_path / "out")
    assert done["status"] == 0, done["stderr"]
    assert len(notes(done)) == 1


def test_an_edition_of_the_hub_is_waited_for(hub, build_news, tmp_path):
    name = hub.name()
    assert hub.run("push", "--yes", build_news(tmp_path / "out", size=40), name)["status"] == 0
    hub.control(faults={"busy": 1})
    done = hub.run("audit", name, "--processes", "1")
    assert f"edition {name}: the Hub answered 503" in notes(done)[0]
    assert "agnews" in done["stdout"]


@pytest.mark.parametrize("value", ["x", "0", "-1", "nan", "inf"])
def test_a_limit_that_is_none(hub, value):
    done = hub.ask(command=["audit", "lab/none"], env={"MCEVAL8K_HUB_TIMEOUT": value})
    hub.ask(command=["audit", "--help"], env={"MCEVAL8K_HUB_TIMEOUT": "3"})
    assert f"MCEVAL8K_HUB_TIMEOUT={value}: not a number of seconds" in error_line(done, status=2)
