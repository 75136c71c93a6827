"""JSON that is no honest object, by name."""

from __future__ import annotations

JSON: dict[str, bytes] = {
    "empty": b"",
    "cut": b'{"a": [1, 2',
    "list": b"[]",
    "number": b"3",
    "null": b"null",
    "text": b'"manifest"',
    "binary": bytes(range(256)),
    "latin-1": '{"edition": "é"}'.encode("latin-1"),
    "utf-16": '{"edition": "x"}'.encode("utf-16"),
    "surrogate": b'{"edition": "\\ud800"}',
    "nan": b'{"seed": NaN}',
    "huge number": b'{"seed": ' + b"9" * 5000 + b"}",
    "deep": b"[" * 100_000,
    "deep object": b'{"a": ' * 100_000,
    "no fields": b"{}",
}
"""None of them can be a manifest, a list of results or a summary."""

WRONG_TYPES: tuple[object, ...] = (None, [], {}, "x", -1, 1e308, True, [[]], {"a": None})
"""Values where others belong."""
