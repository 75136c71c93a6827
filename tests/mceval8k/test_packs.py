"""Prompt packs: the text they make, what they inherit, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from mceval8k.errors import DataError, MCEvalError, UsageError
from mceval8k.item import make_item
from mceval8k.prompts.pack import load_pack
from mceval8k.registry import get_task
from mceval8k.task import Item

NEWS = {"text": "Rowers from Ghent won the regatta by a length.", "label": 1}


def news() -> Item:
    return make_item(get_task("agnews"), NEWS, source="here", source_id="0")


def write(folder: Path, text: str) -> Path:
    path = folder / "pack.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_zero_shot_prompt_to_the_letter() -> None:
    task = get_task("agnews")
    expected = (
        f"{task.instruction['en']}\n\n"
        f"{news()['question']}\n"
        "A. World\nB. Sports\nC. Business\nD. Sci/Tech\n"
        "Answer:"
    )
    assert load_pack().prompt(task, news()) == expected


def test_demonstrations_come_between_instruction_and_item() -> None:
    task = get_task("agnews")
    shot = make_item(task, {"text": "Shares fell.", "label": 2}, source="here", source_id="1")
    blocks = load_pack().prompt(task, news(), [shot]).split("\n\n")
    assert len(blocks) == 3
    assert blocks[1].endswith("D. Sci/Tech\nAnswer: C")
    assert blocks[2].endswith("Answer:")


def test_a_pack_states_only_what_differs(tmp_path: Path) -> None:
    pack = load_pack(
        write(
            tmp_path,
            'name: digits\nsymbols: ["1", "2", "3", "4", "5"]\n'
            "cue: {en: 'Choice:'}\n"
            "tasks: {agnews: {instruction: {en: 'Which section?'}, question: {en: '<{text}>'}}}\n",
        )
    )
    task = get_task("agnews")
    options = "1. World\n2. Sports\n3. Business\n4. Sci/Tech"
    expected = f"Which section?\n\n<{NEWS['text']}>\n{options}\nChoice:"
    assert pack.prompt(task, news()) == expected
    assert pack.cue["de"] == "Antwort:"
    assert pack.continuations(task, 4) == (" 1", " 2", " 3", " 4")


def test_braces_in_the_data_are_text() -> None:
    task = get_task("agnews")
    odd = make_item(task, {"text": "{symbol} {0} {text!r}", "label": 0}, source="x", source_id="0")
    assert "{symbol} {0} {text!r}" in load_pack().prompt(task, odd)


def test_digest_changes_with_what_shapes_the_prompts(tmp_path: Path) -> None:
    default, task = load_pack(), get_task("agnews")
    reworded = "name: x\ntasks: {agnews: {instruction: {en: 'Which section?'}}}"
    assert load_pack(write(tmp_path, reworded)).digest(task) != default.digest(task)
    renamed = load_pack(write(tmp_path, "name: other"))
    assert renamed.digest(task) == default.digest(task)
    other_task = "name: x\ntasks: {paws: {instruction: {en: 'Same meaning?'}}}"
    assert load_pack(write(tmp_path, other_task)).digest(task) == default.digest(task)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "not a mapping"),
        ("a: [", "not YAML"),
        ("symbols: [A]", "'name' is missing"),
        ("name: x\nsymbols: [1, 2, 3, 4, 5]", "quote numbers"),
        ("name: x\nsymbols: [A, B, C, D, A]", "distinct"),
        ("name: x\nsymbols: [A, B]", "at least 5"),
        ("name: x\ncolour: red", "unknown field 'colour'"),
        ("name: x\ncue: {en: 'Answer: '}", "ends in white space"),
        ("name: x\ncue: {pt: 'Resposta:'}", "'pt'"),
        ("name: x\noption: '{letter}) {text}'", "{letter}"),
        ("name: x\noption: '{symbol.__class__}'", "__class__"),
        ("name: x\noption: '{symbol'", "option"),
        ("name: x\ntasks: {agnew: {}}", "did you mean 'agnews'"),
        ("name: x\ntasks: {agnews: {wording: x}}", "tasks.agnews: unknown field 'wording'"),
        ("name: x\ntasks: {agnews: {question: {en: '{headline}'}}}", "{headline}"),
        ("name: x\ntasks: {agnews: {question: {en: '{text} {label}'}}}", "{label}"),
        ("name: x\ntasks: {lti: {question: {en: '{text} {lang}'}}}", "{lang}"),
        ("name: x\ntasks: {postag: {question: {en: '{tokens}'}}}", "{tokens}"),
        ("name: x\ntasks: {agnews: {question: {en: '{text!r}'}}}", r"agnews.question.en: .*{text}"),
        ("name: x\ntasks: {agnews: {instruction: {de: 'Worum?'}}}", "tasks.agnews.*'de'.*en"),
        ("name: x\ntasks: {lti: {instruction: {fr: 'Quelle langue ?'}}}", "'fr' is no language"),
        ("name: x\ntasks: {agnews: {instruction: {en: 'Which? '}}}", "'en' ends in white space"),
        ("name: x\ntasks: {agnews: {instruction: {en: ''}}}", "'instruction': 'en' is not a text"),
        ("name: x\ntasks: {agnews: {instruction: 'Which?'}}", "'instruction' is not a mapping"),
        ("name: x\ntasks: {agnews: {symbols: [W, S, B]}}", "tasks.agnews: .* at least 4"),
        ("name: x\ntasks: {agnews: {option: '-'}}", r"agnews.option: shows neither"),
        ("name: x\ntasks: {paws: {symbols: [No, Yes]}}", "tasks.paws: symbols must .*quote"),
        ("name: x\ntasks: [agnews]", "'tasks' is not a mapping"),
        ("name: x\nsymbols: [' A', B, C, D, E]", "' A' has white space"),
        ("name: x\nonly: [agnews, pos]", "only: unknown task 'pos'"),
        ("name: x\nonly: agnews", "'only' is not a list"),
        ("name: x\nonly: [agnews]\ntasks: {paws: {}}", "tasks.paws: the task is not in field"),
        ("name: x\nreply: {en: 'One of {options}.'}", "reply.en: field {options}"),
        ("name: x\npositional: 1", "'positional' is neither"),
        ("name: [x]", "'name' is not a text"),
        ("name: x\ndelimiter: 1", "'delimiter' is not a text"),
    ],
)
def test_a_bad_pack_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(MCEvalError, match=message) as refused:
        load_pack(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_bytes(b"name: \xff\xfe")
    with pytest.raises(DataError, match="not UTF-8"):
        load_pack(path)


def test_a_pack_for_some_tasks_has_its_own_layout_there(tmp_path: Path) -> None:
    text = "name: x\nonly: [agnews]\ntasks: {agnews: {option: '<{symbol}> {text}'}}"
    pack = load_pack(write(tmp_path, text))
    assert "\n<A> World\n<B> Sports\n" in pack.block(get_task("agnews"), news())
    assert pack.description == ""
    with pytest.raises(UsageError, match="pack x is not for task paws: it is for agnews"):
        pack.digest(get_task("paws"))


def test_unknown_packs_are_named() -> None:
    with pytest.raises(UsageError, match="unknown pack 'defalt'"):
        load_pack("defalt")
    with pytest.raises(UsageError, match=r"none\.yaml: no such file"):
        load_pack("none.yaml")


def test_more_options_than_symbols(tmp_path: Path) -> None:
    symbols = "name: x\ntasks: {paws: {symbols: [n, y]}}"
    pack = load_pack(write(tmp_path, symbols))
    with pytest.raises(DataError, match="2 symbols for 3 options"):
        pack.symbols_for(get_task("paws"), 3)
