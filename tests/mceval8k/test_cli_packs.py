"""`mceval8k packs`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from click.testing import Result
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from typer.testing import CliRunner

from mceval8k.cli_packs import packs_command
from mceval8k.errors import DataError, UsageError
from mceval8k.registry import all_tasks

app = typer.Typer()
app.command()(packs_command)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with a token per byte, and one for each of ` A` to ` E`."""
    letters = [f"Ġ{letter}" for letter in "ABCDE"]
    words = ["<end>", *pre_tokenizers.ByteLevel.alphabet(), *letters]
    merges = [("Ġ", letter) for letter in "ABCDE"]
    raw = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, merges))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    folder = tmp_path_factory.mktemp("model")
    PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<end>").save_pretrained(folder)
    return folder


def test_table_and_json() -> None:
    assert "a b c d e" in call().stdout
    packs = {pack["name"]: pack for pack in json.loads(call("--json").stdout)}
    assert list(packs) == ["default", "digits", "formal", "lower", "plain", "words"]
    assert packs["default"]["tasks"] == list(all_tasks())
    assert len(packs["words"]["tasks"]) == 11
    assert not packs["words"]["positional"]


def test_an_own_file_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("name: own\ndescription: ours\nonly: [paws]\n", encoding="utf-8")
    (found,) = json.loads(call(path, "--json").stdout)
    assert found["tasks"] == ["paws"]
    assert found["description"] == "ours"
    path.write_text("name: own\ncolour: red\n", encoding="utf-8")
    assert isinstance(call(path).exception, DataError)


def test_answers_are_checked_against_a_model(model: Path) -> None:
    fine = call("default", "formal", "--model", model)
    assert fine.exit_code == 0
    assert "all answers of the packs are single tokens" in fine.stderr
    lower = call("default", "lower", "--model", model)
    assert isinstance(lower.exception, DataError)
    assert "pack lower: task agnews: en: answer ' a' is not one token" in lower.stderr
    assert "pack default" not in lower.stderr
    found = json.loads(call("lower", "--model", model, "--json").stdout)
    assert set(found[0]["misfits"]) == set(all_tasks())


def test_a_model_that_is_none(tmp_path: Path) -> None:
    assert isinstance(call("--model", tmp_path).exception, UsageError)
