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

YAML: dict[str, bytes] = {
    "empty": b"",
    "cut": b"name: [a, b",
    "list": b"- a\n- b\n",
    "number": b"3",
    "text": b"quiz",
    "binary": bytes(range(256)),
    "latin-1": "name: é".encode("latin-1"),
    "utf-16": "name: x".encode("utf-16"),
    "surrogate": b'name: "\\ud800"',
    "huge number": b"name: " + b"9" * 5000,
    "no date": b"name: 2024-99-99",
    "deep": b"[" * 100_000,
    "deep object": b"{a: " * 100_000,
    "tag": b"!!python/object/apply:os.system ['true']",
    "itself": b"name: &a [*a]",
    "bomb": b"a0: &a0 [x]\n"
    + b"".join(
        b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)
    ),
    "merged bomb": b"a0: &a0 {x: 1}\n"
    + b"".join(
        b"a%d: &a%d {<<: [%s]}\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9))
        for n in range(1, 12)
    ),
    "two documents": b"name: a\n---\nname: b\n",
    "no fields": b"{}",
}
"""None of them can be a quiz or a prompt pack."""
