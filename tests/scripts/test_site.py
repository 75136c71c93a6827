"""The site: its reference is complete, its links lead somewhere, and the README is short."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from typer.main import get_command

from scripts.site.commands import COMMANDS, reference
from scripts.site.links import relinked, site_path
from scripts.site.names import public_names
from scripts.site.pages import notebook

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#([^)\s]*))?\)")


@pytest.mark.parametrize("package", ["mceval8k", "harness", "neurgrad_eval"])
def test_all_public_names_are_in_the_reference(package):
    module = importlib.import_module(package)
    names = public_names(ROOT / package)
    assert {name.rpartition(".")[2] for name in names} == set(module.__all__)
    for name in names:
        where, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(where), attribute)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("mceval8k", {"show", "build", "eval", "leaderboard build"}),
        ("neurgrad", {"probe", "report"}),
    ],
)
def test_all_commands_and_options_are_in_the_reference(name, known):
    page = reference(name)
    sections = dict(zip(*[iter(re.split(r"(?m)^#+ `(.+)`$", page)[1:])] * 2, strict=True))
    commands = dict(_commands(name, get_command(COMMANDS[name]())))
    assert set(sections) == set(commands)
    assert {f"{name} {one}" for one in known} <= set(sections)
    for command, made in commands.items():
        shown = [one for one in made.params if not getattr(one, "hidden", False)]
        for option in (name for one in shown for name in one.opts):
            if option.startswith("--"):
                assert f"`{option}" in sections[command]


def _commands(name, command):
    yield name, command
    for under, made in getattr(command, "commands", {}).items():
        yield from _commands(f"{name} {under}", made)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_of_the_repository(page):
    for link, _ in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link


def test_links_are_rewritten_for_their_place_on_the_site():
    def link(target, to):
        return relinked(f"[x]({to})", target)

    assert link("index.md", "docs/audit.md#checks") == "[x](audit.md#checks)"
    assert link("index.md", "SECURITY.md") == "[x](security.md)"
    assert link("experiments.md", "../examples/steering.ipynb") == "[x](tutorials/steering.md)"
    assert link("how-to/leaks.md", "../audit.md") == "[x](../audit.md)"
    assert link("audit.md", "https://example.org/a.md") == "[x](https://example.org/a.md)"
    assert site_path("mceval8k/task.py") is None


def test_tables_of_notebooks_have_the_look_of_the_site():
    _, files = notebook(ROOT / "examples" / "own_data.ipynb")
    page = files["tutorials/own_data.md"]
    assert "<table>" in page
    assert "dataframe" not in page
    assert "<style" not in page


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def _typed(text):
    """Commands of both programs in a page's console blocks: program, words after it."""
    for language, block in re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", text):
        lines = block.replace("\\\n", " ").splitlines()
        after_prompts = [line[2:] for line in lines if line.startswith("$ ")]
        for line in (after_prompts or lines) * (language in ("", "console", "bash")):
            for words in re.split(r"&&|;|\|", re.sub(r"\s#.*", "", line)):
                found = re.search(r"(?:^|\s)(mceval8k|neurgrad)\s+([a-z].*)", words)
                if found and "lm-eval run" not in words:
                    yield found[1], found[2].split()


@pytest.fixture(scope="module")
def options():
    """All options of each command, by its full name."""
    return {
        full: {name for parameter in made.params for name in parameter.opts}
        | {name for parameter in made.params for name in parameter.secondary_opts}
        for name in COMMANDS
        for full, made in _commands(name, get_command(COMMANDS[name]()))
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_of_the_pages_exist_with_their_options(page, options):
    for program, words in _typed(page.read_text(encoding="utf-8")):
        name = f"{program} {words[0]}"
        if len(words) > 1 and f"{name} {words[1]}" in options:
            name = f"{name} {words[1]}"
        assert name in options, f"{program} {' '.join(words)}"
        used = {word.partition("=")[0].rstrip("]") for word in words if word.startswith("--")}
        assert used - {"--help"} <= options[name], f"{program} {' '.join(words)}"
