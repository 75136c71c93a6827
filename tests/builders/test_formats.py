"""CoNLL-U and tab-separated text: what is read, and that damage is named with file and line."""

from __future__ import annotations

import gzip

import pytest

from builders.making.tagging import COLUMNS
from builders.reading.files import read_rows
from builders.reading.formats.conllu import DOCUMENT
from mceval8k.errors import DataError

PAIR = {"source": str, "target": str}
SENTENCE = """# newdoc id = d1
# sent_id = d1-1
# text = Vámonos a "casa" = hoy
# note without a value
1-2\tVámonos\t_\t_\t_\t_\t_\t_\t_\t_
1\tVamos\tir\tVERB\t_\t_\t_\t_\t_\t_
2\tnos\tnosotros\tPRON\t_\t_\t_\t_\t_\t_
3\ta\ta\tADP\t_\t_\t_\t_\t_\tSpaceAfter=No
3.1\tir\tir\tVERB\t_\t_\t_\t_\t_\t_
4\tcasa\tcasa\tNOUN\t_\t_\t_\t_\t_\t_

"""


def word(number, form="w", tag="X"):
    return f"{number}\t{form}\t_\t{tag}" + "\t_" * 6 + "\n"


def sentence(*lines):
    return "# sent_id = s\n# text = t\n" + "".join(lines) + "\n"


def rows(path, columns):
    return [values for _, _, values in read_rows(path, columns)]


def fails(path, columns, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(DataError) as caught:
        rows(path, columns)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["a.conllu", "a.conllu.gz"])
def test_conllu_plain_and_gzip(tmp_path, name):
    data = (SENTENCE + sentence(word(1))).encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    first, second = rows(tmp_path / name, {**COLUMNS, DOCUMENT: str})
    assert first == {
        "newdoc id": "d1",
        "sent_id": "d1-1",
        "text": 'Vámonos a "casa" = hoy',
        "ids": ["1-2", "1", "2", "3", "3.1", "4"],
        "forms": ["Vámonos", "Vamos", "nos", "a", "ir", "casa"],
        "upos": ["_", "VERB", "PRON", "ADP", "VERB", "NOUN"],
    }
    assert second["newdoc id"] == "d1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (sentence("1\tbroken\n"), "line 3: 2 columns instead of 10"),
        (sentence(word(1)[:-1] + "\t_\n"), "line 3: 11 columns instead of 10"),
        (sentence("no columns at all\n"), "line 3: 1 columns instead of 10"),
        (sentence(word(1), word(3)), "line 4: id '3' where 2 follows"),
        (sentence(word(1), word("1-2")), "line 4: id '1-2' where 2 follows"),
        (sentence(word("one")), "line 3: id 'one' where 1 follows"),
        (sentence(word(1, form=" ")), "line 3: FORM or UPOS is empty"),
        (sentence(), "line 3: a sentence without words ends here"),
        (sentence(word(1))[:-1], "line 1: the file ends within this sentence"),
        (sentence(word(1)) + "# sent_id = z\n" + word(1) + "\n", "line 5: column 'text' is miss"),
        ("", "no rows"),
        (sentence(word(1)).encode() + b"# text = \xff\n", "line 5: not UTF-8"),
    ],
)
def test_damaged_conllu_is_named(tmp_path, text, message):
    path = tmp_path / "a.conllu"
    assert f"{path}: {message}" in fails(path, COLUMNS, text)


def test_a_truncated_gzip_is_named_with_the_line(tmp_path):
    path = tmp_path / "a.conllu.gz"
    whole = gzip.compress("".join(sentence(word(1, f"w{n}")) for n in range(5000)).encode())
    message = fails(path, COLUMNS, whole[: len(whole) // 2])
    at = int(message.split("line ")[1].split(":")[0])
    assert message.startswith(f"{path}: line {at}: not readable as gzip: ")
    assert 100 < at < 20_000
    assert "line 1: not readable as gzip" in fails(path, COLUMNS, b"plain text")


def test_in_tsv_quotes_are_text(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_bytes('" He said , " he said\tHe said .\r\na\u2028b\tb "\n\t\n'.encode())
    assert [tuple(row.values()) for row in rows(path, PAIR)] == [
        ('" He said , " he said', "He said ."),
        ("a\u2028b", 'b "'),
        ("", ""),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\nno tab\n", "line 2: 0 tabs instead of 1"),
        ("a\tb\n\nc\td\n", "line 2: 0 tabs instead of 1"),
        ("a\tb\tc\n", "line 1: 2 tabs instead of 1"),
        (b"a\tb\n\xffa\tb\n", "line 2: not UTF-8"),
        ("", "no rows"),
    ],
)
def test_damaged_tsv_is_named(tmp_path, text, message):
    path = tmp_path / "a.tsv"
    assert f"{path}: {message}" in fails(path, PAIR, text)
