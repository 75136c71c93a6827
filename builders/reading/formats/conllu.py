"""CoNLL-U, the format of Universal Dependencies, plain or gzip: a row per sentence.

A row has the columns `ids`, `forms` and `upos`, each with a value per line of the sentence (words,
the ranges `4-5` of multiword tokens, empty nodes `8.1`), and one per comment: `# sent_id = x` gives
`sent_id`. `newdoc id` is handed on to the sentences that follow. See
https://universaldependencies.org/format.html.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from builders.reading.formats import Columns, Row, decoded
from mceval8k.errors import DataError

DOCUMENT = "newdoc id"

_FIELDS = 10
_COMMENT = re.compile(r"#\s*([^=]*?)\s*=\s*(.*?)\s*")
_ID = re.compile(r"(?P<word>[1-9][0-9]*)|(?P<start>[1-9][0-9]*)-[1-9][0-9]*|[0-9]+\.[1-9][0-9]*")


def read_conllu(path: Path, columns: Columns) -> Iterator[Row]:  # noqa: ARG001
    """Rows of a treebank."""
    number, first = 0, 0
    document: dict[str, Any] = {}
    sentence = _Sentence()
    for at, line in enumerate(_lines(path), start=1):
        where = f"{path}: line {at}"
        text = decoded(where, line)
        first = first or at
        if text.startswith("#"):
            sentence.comment(text)
        elif text.strip():
            sentence.add(where, text)
        else:
            values = document | sentence.finished(where)
            document = {key: values[key] for key in (DOCUMENT,) if key in values}
            yield number, f"line {first}", values
            number, first, sentence = number + 1, 0, _Sentence()
    if first:
        raise DataError(f"{path}: line {first}: the file ends within this sentence")


class _Sentence:
    """A sentence that is being read."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {"ids": [], "forms": [], "upos": []}
        self.words = 0

    def comment(self, text: str) -> None:
        if found := _COMMENT.fullmatch(text):
            self.values[found[1]] = found[2]

    def add(self, where: str, text: str) -> None:
        fields = text.split("\t")
        if len(fields) != _FIELDS:
            raise DataError(f"{where}: {len(fields)} columns instead of {_FIELDS}")
        id_, form, _, upos, *_ = fields
        found = _ID.fullmatch(id_)
        following = str(self.words + 1)
        if not found or (found["word"] or found["start"] or following) != following:
            raise DataError(f"{where}: id {id_!r} where {following} follows")
        if not (form.strip() and upos.strip()):
            raise DataError(f"{where}: FORM or UPOS is empty")
        self.words += found["word"] is not None
        for name, value in (("ids", id_), ("forms", form), ("upos", upos)):
            self.values[name].append(value)

    def finished(self, where: str) -> dict[str, Any]:
        if not self.words:
            raise DataError(f"{where}: a sentence without words ends here")
        return self.values


def _lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        at = 0
        try:
            for line in file:
                at += 1
                yield line
        except (EOFError, OSError, zlib.error) as error:
            raise DataError(f"{path}: line {at + 1}: not readable as gzip: {error}") from None
