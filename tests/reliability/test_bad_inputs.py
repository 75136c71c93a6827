"""Whatever a command is given, it ends in time, with one line that says what is wrong.

Exit status 1 or 2, one line that begins with `error:` (or Typer's own box for an option), no
traceback, and the folder that was to be written is not there.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.reliability.bad_json import JSON, WRONG_TYPES
from tests.reliability.conftest import Commands, Refused


def readers(edition: Path, model: Path, out: Path) -> dict[str, list[object]]:
    """Commands that read an edition."""
    asked = ["--model", model, "--edition", edition, "--task", "agnews", "--num-fewshot", "0"]
    return {
        "show": ["mceval8k", "show", "agnews", "--edition", edition, "--split", "train"],
        "validate": ["mceval8k", "validate", edition],
        "audit": ["mceval8k", "audit", edition],
        "rank": ["neurgrad", "rank", *asked, "--train-size", "8", "--out", out],
        "collect": ["neurgrad", "collect", *asked, "--train-size", "8", "--out", out],
    }


READERS = ("show", "validate", "audit", "rank", "collect")

ROWS: dict[str, tuple[str, Any]] = {
    "null question": ("question", None),
    "null id": ("id", None),
    "null group": ("group", None),
    "null language": ("lang", None),
    "unknown language": ("lang", "xx"),
    "null options": ("options", None),
    "null option": ("options", ["World", None, "Business", "Sci/Tech"]),
    "few options": ("options", ["World"]),
    "no options": ("options", []),
    "null label": ("label", None),
    "negative label": ("label", -1),
    "large label": ("label", 99),
}


def spoil_row(edition: Path, column: str, value: Any) -> None:
    """Change one value of the first training row, and the hash that the manifest has of it."""
    (path,) = (edition / "agnews").glob("train-*.parquet")
    table = pq.read_table(path)
    values = table[column].to_pylist()
    values[0] = value
    at = table.column_names.index(column)
    pq.write_table(table.set_column(at, column, pa.array(values, table.schema.types[at])), path)
    rehash(edition, path)


def rehash(edition: Path, path: Path) -> None:
    """Make the manifest say what a file now holds."""
    manifest = json.loads((edition / "manifest.json").read_text())
    name = path.relative_to(edition).as_posix()
    manifest["files"][name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (edition / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("fault", ROWS)
def test_a_row_that_is_none(
    refused: Refused, edition: Path, tiny_folder: Path, tmp_path: Path, fault: str, command: str
) -> None:
    spoil_row(edition, *ROWS[fault])
    said = refused(*readers(edition, tiny_folder, tmp_path / "out")[command])
    assert "row 0" in said or "agnews/train" in said or command == "validate"


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("kind", JSON)
def test_a_manifest_that_is_none(
    refused: Refused, edition: Path, tiny_folder: Path, tmp_path: Path, kind: str, command: str
) -> None:
    (edition / "manifest.json").write_bytes(JSON[kind])
    assert "manifest.json" in refused(*readers(edition, tiny_folder, tmp_path / "out")[command])


FIELDS = ("edition", "version", "seed", "sources", "tasks", "files")


@pytest.mark.parametrize("field", FIELDS)
def test_a_manifest_with_values_of_other_types(
    refused: Refused, edition: Path, tmp_path: Path, tiny_folder: Path, field: str
) -> None:
    sound = json.loads((edition / "manifest.json").read_text())
    for value in WRONG_TYPES:
        if type(value) is type(sound[field]) and value not in ({}, -1):
            continue  # any text is a name
        if field == "seed" and value in (True, -1, 1e308):
            continue  # whole numbers
        if field == "sources" and value == {}:
            continue
        (edition / "manifest.json").write_text(json.dumps(sound | {field: value}))
        refused(*readers(edition, tiny_folder, tmp_path / "out")["show"])


FILES: dict[str, bytes] = {
    "empty": b"",
    "cut": b"PAR1",
    "garbage": bytes(range(256)) * 9,
    "text": b"text,label\na,1\n",
}


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_parquet(
    refused: Refused, edition: Path, tiny_folder: Path, tmp_path: Path, kind: str, command: str
) -> None:
    (path,) = (edition / "agnews").glob("train-*.parquet")
    path.write_bytes(FILES[kind])
    rehash(edition, path)
    assert "agnews" in refused(*readers(edition, tiny_folder, tmp_path / "out")[command])


def test_a_file_that_was_changed(refused: Refused, edition: Path) -> None:
    (path,) = (edition / "agnews").glob("train-*.parquet")
    pq.write_table(pq.read_table(path), path, compression="none")
    said = refused("mceval8k", "show", "agnews", "--edition", edition, "--split", "train")
    assert f"{path}: content differs from the manifest's hash" in said


@pytest.fixture
def model(tiny_folder: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model, to be spoilt."""
    return Path(shutil.copytree(tiny_folder, tmp_path / "model"))


def _config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def _weights(folder: Path, content: bytes) -> None:
    (folder / "model.safetensors").write_bytes(content)


def _pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00.")


def _own_code(folder: Path) -> None:
    own = {"AutoConfig": "own.Own", "AutoModelForCausalLM": "own.Own"}
    _config(folder, model_type="own", architectures=["Own"], auto_map=own)
    (folder / "own.py").write_text(f"open({str(folder / 'ran')!r}, 'w')")


MODELS: dict[str, Callable[[Path], None]] = {
    "empty weights": lambda folder: _weights(folder, b""),
    "garbage weights": lambda folder: _weights(folder, bytes(range(256)) * 4),
    "cut weights": lambda folder: _weights(
        folder, (folder / "model.safetensors").read_bytes()[:900]
    ),
    "a header of 2^60 bytes": lambda folder: _weights(folder, (2**60).to_bytes(8, "little")),
    "pickled weights": _pickled,
    "no weights": lambda folder: (folder / "model.safetensors").unlink(),
    "no config": lambda folder: (folder / "config.json").unlink(),
    "config of a list": lambda folder: (folder / "config.json").write_text("[]") and None,
    "config cut": lambda folder: (folder / "config.json").write_text("{") and None,
    "unknown type": lambda folder: _config(folder, model_type="none such"),
    "layers of text": lambda folder: _config(folder, num_hidden_layers="three"),
    "negative layers": lambda folder: _config(folder, num_hidden_layers=-1),
    "no layers": lambda folder: _config(folder, num_hidden_layers=0),
    "more layers than weights": lambda folder: _config(folder, num_hidden_layers=5),
    "hidden size of a list": lambda folder: _config(folder, hidden_size=[16]),
    "other hidden size": lambda folder: _config(folder, hidden_size=32),
    "no vocabulary": lambda folder: _config(folder, vocab_size=0),
    "no tokenizer": lambda folder: (folder / "tokenizer.json").unlink(),
    "tokenizer cut": lambda folder: (folder / "tokenizer.json").write_text("{") and None,
    "code of its own": _own_code,
    "encoder-decoder": lambda folder: _config(folder, model_type="t5", architectures=["T5Model"]),
}


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_that_is_none(refused: Refused, model: Path, kind: str) -> None:
    MODELS[kind](model)
    refused("neurgrad", "describe", model)
    assert not (model / "ran").exists()


@pytest.mark.parametrize(
    "kind",
    [
        "cut weights",
        "pickled weights",
        "no config",
        "no tokenizer",
        "code of its own",
        "more layers than weights",
    ],
)
def test_an_evaluation_of_a_model_that_is_none(
    refused: Refused, model: Path, sound: Path, tmp_path: Path, kind: str
) -> None:
    MODELS[kind](model)
    words = ["mceval8k", "eval", "--model-args", f"pretrained={model}", "--edition", sound]
    said = refused(*words, "--task", "agnews", "--limit", "1", "--out", tmp_path / "out")
    assert str(model) in said
    assert not (model / "ran").exists()


PROMPTS: dict[str, tuple[str, bytes]] = {
    "empty": ("p.jsonl", b""),
    "no object": ("p.jsonl", b"[1]\n"),
    "cut": ("p.jsonl", b'{"prompt": "a'),
    "no answer": ("p.jsonl", b'{"prompt": "a"}\n'),
    "null": ("p.jsonl", b'{"prompt": null, "answer": " A"}\n'),
    "number": ("p.jsonl", b'{"prompt": 3, "answer": " A"}\n'),
    "empty prompt": ("p.jsonl", b'{"prompt": "", "answer": " A"}\n'),
    "long answer": ("p.jsonl", b'{"prompt": "a:", "answer": " A B C"}\n'),
    "too long": ("p.jsonl", b'{"prompt": "' + b"a" * 9000 + b'", "answer": " A"}\n'),
    "surrogate": ("p.jsonl", b'{"prompt": "\\ud800", "answer": " A"}\n'),
    "deep": ("p.jsonl", b"[" * 100_000 + b"\n"),
    "binary": ("p.jsonl", bytes(range(256))),
    "no parquet": ("p.parquet", b"PAR1"),
    "csv without columns": ("p.csv", b"a,b\n1,2\n"),
    "csv cut": ("p.csv", b'prompt,answer\n"a'),
    "csv of bytes": ("p.csv", b"prompt,answer\n\xff\xfe, A\n"),
    "other kind": ("p.txt", b"prompt"),
}


@pytest.mark.parametrize("kind", PROMPTS)
def test_prompts_that_are_none(
    refused: Refused, tiny_folder: Path, tmp_path: Path, kind: str
) -> None:
    name, content = PROMPTS[kind]
    (tmp_path / name).write_bytes(content)
    words = ["neurgrad", "sweep", "--model", tiny_folder, "--prompts", tmp_path / name]
    refused(*words, "--out", tmp_path / "out")


def test_an_evaluation_with_a_tokenizer_that_ends_no_text(
    refused: Refused, tiny_folder: Path, sound: Path, tmp_path: Path
) -> None:
    words = ["mceval8k", "eval", "--model-args", f"pretrained={tiny_folder}", "--edition", sound]
    said = refused(*words, "--task", "agnews", "--limit", "1", "--out", tmp_path / "out")
    assert "eos_token in tokenizer_config.json" in said


@pytest.mark.parametrize("command", ["report", "efficiency", "rank", "causal"])
@pytest.mark.parametrize("kind", JSON)
def test_a_run_that_is_none(
    commands: Commands,
    ranked: Path,
    sound: Path,
    tiny_folder: Path,
    tmp_path: Path,
    kind: str,
    command: str,
) -> None:
    run = Path(shutil.copytree(ranked, tmp_path / "run"))
    (run / "manifest.json").write_bytes(JSON[kind])
    asked = ["--model", tiny_folder, "--edition", sound, "--task", "agnews"]
    words: dict[str, list[object]] = {
        "report": ["neurgrad", "report", run, "--out", tmp_path / "page.html"],
        "efficiency": ["neurgrad", "efficiency", run, "--out", tmp_path / "page"],
        "rank": ["neurgrad", "rank", *asked, "--train-size", "8", "--out", run],
        "causal": ["neurgrad", "causal", *asked, "--ranking", run, "--out", tmp_path / "page"],
    }
    status, _ = commands.run([str(word) for word in words[command]], tmp_path)
    assert status in (1, 2), commands.said
    assert "Traceback" not in commands.said
    assert not list(tmp_path.glob("page*"))
