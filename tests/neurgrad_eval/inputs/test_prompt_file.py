"""Prompts and answers from files and lists; mistakes are named in one line."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.inputs.prompt_file import choose_prompts, given_prompts, read_prompts

ROWS = [
    {"prompt": "Who?\nA:", "answer": "A"},
    {"prompt": "What?\nA:", "answer": "AB"},  # not one token
    {"prompt": "Where is it?\nA:", "answer": " C"},
    {"prompt": "When?\nA:\n", "answer": "D"},
]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_the_three_kinds_of_file_are_one(tmp_path):
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "prompts.parquet")
    lines = ["prompt,answer", *(f'"{row["prompt"]}","{row["answer"]}"' for row in ROWS)]
    (tmp_path / "prompts.csv").write_text("\n".join(lines))
    expected = read_prompts(write(tmp_path / "prompts.jsonl", ROWS))
    assert [row.answer for row in expected] == [" A", " AB", " C", "D"]
    assert read_prompts(tmp_path / "prompts.parquet") == expected
    assert read_prompts(tmp_path / "prompts.csv") == expected


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path):
    for name, content in {"a.csv": "prompt,answer\nWho?, A\n",
                          "a.jsonl": '{"prompt": "Who?", "answer": " A"}\n'}.items():  # fmt: skip
        (tmp_path / name).write_text(content, encoding="utf-8-sig")
        assert [row.prompt for row in read_prompts(tmp_path / name)] == ["Who?"]
    (tmp_path / "a.csv").write_bytes("prompt,answer\né, A\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"a\.csv: not UTF-8 text$"):
        read_prompts(tmp_path / "a.csv")


def test_prompts_whose_answer_is_not_one_token_are_passed_over(tiny, tmp_path, capsys):
    chosen = choose_prompts(tiny, write(tmp_path / "prompts.jsonl", ROWS), limit=2)
    assert list(chosen.units()) == ["000000", "000002"]
    assert chosen.skipped == 1
    assert "1 prompts are skipped" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        ([{"text": "a", "answer": "A"}], DataError, "column 'prompt' is missing"),
        ([{"prompt": "a"}], DataError, "column 'answer' is missing"),
        ([{"prompt": "a", "answer": ""}], DataError, "row 0: 'answer' is not a text or is empty"),
        ([{"prompt": "a", "answer": 3}], DataError, "row 0: 'answer' is not a text"),
        ([{"prompt": "x" * 300, "answer": "A"}], DataError, "row 0: prompt 0 has 300 tokens"),
        ([], DataError, "there is no row"),
        ([{"prompt": "a", "answer": "AB"}], UsageError, "no answer is one token"),
    ],
)
def test_bad_prompts_are_named(tiny, tmp_path, rows, error, words):
    with pytest.raises(error, match=words):
        choose_prompts(tiny, write(tmp_path / "prompts.jsonl", rows))


def test_a_file_of_another_kind_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"must end in \.parquet, \.jsonl, \.csv"):
        read_prompts(tmp_path / "prompts.txt")
    with pytest.raises(UsageError, match="no such file"):
        read_prompts(tmp_path / "prompts.csv")


def test_prompts_that_are_given_are_taken_as_they_are(tiny):
    chosen = given_prompts(tiny, ["Who?", "What?"], [" A", "B"])
    assert [(row.number, row.answer) for row in chosen.rows] == [(0, " A"), (1, "B")]
    other = given_prompts(tiny, ["Who?", "What?"], [" A", "C"])
    assert chosen.about() != other.about()
    with pytest.raises(UsageError, match="1 lists of answers for 2 prompts"):
        given_prompts(tiny, ["Who?", "What?"], [" A"])
    with pytest.raises(UsageError, match="' AB' is not one token"):
        given_prompts(tiny, ["Who?"], [" AB"])
