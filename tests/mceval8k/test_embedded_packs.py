"""The packs that come with the package: complete, really different, and safe to ask with."""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations, pairwise
from typing import Any

import pytest

from mceval8k.errors import UsageError
from mceval8k.item import make_item
from mceval8k.prompts.pack import Pack, embedded_packs, load_pack
from mceval8k.prompts.symbols import answer_tokens
from mceval8k.registry import all_tasks, get_task
from mceval8k.task import LANGUAGES, Item, Task

PACKS = embedded_packs()
WORDINGS = ("default", "formal", "plain")
SYMBOLS = {"default": "ABCDEFGHIJ", "lower": "abcdefghij", "digits": "123456789"}
TASKS = tuple(task for task in all_tasks().values() if task.released_folder is not None)
ASKED_IN = [(task, lang) for task in TASKS for lang in task.languages]


@cache
def the_pack(name: str = "default") -> Pack:
    return load_pack(name)


@cache
def examples(task_name: str) -> list[Item]:
    task = get_task(task_name)
    return [make_item(task, raw, source="", source_id="") for raw in task.examples]


def example(task: Task, lang: str) -> Item:
    return next(item for item in examples(task.name) if item["lang"] == lang)


def tasks_of(pack: str) -> list[Task]:
    only = the_pack(pack).only
    return [task for task in TASKS if not only or task.name in only]


def words(text: str) -> set[str]:
    """Words, or pairs of Chinese characters."""
    chinese = re.findall(r"[一-鿿]", text)
    pairs = {first + second for first, second in pairwise(chinese)}
    return pairs or set(re.findall(r"\w+", text.casefold()))


def test_names_are_those_of_the_files_and_each_says_what_it_is() -> None:
    assert PACKS == ("default", "digits", "formal", "lower", "plain", "words")
    for name in PACKS:
        pack = the_pack(name)
        assert pack.name == name
        assert len(pack.description) > 20
        assert "\n" not in pack.description


@pytest.mark.parametrize("name", ["formal", "plain"])
def test_a_rewording_says_something_of_every_task_in_every_language(name: str) -> None:
    for task, lang in ASKED_IN:
        spoken = task.language_of_prompt(lang)
        assert spoken in the_pack(name).tasks[task.name].instruction, (task.name, spoken)


@pytest.mark.parametrize(
    ("task", "lang"), ASKED_IN, ids=lambda value: getattr(value, "name", value)
)
def test_wordings_of_a_task_differ_in_most_of_their_words(task: Task, lang: str) -> None:
    texts = [the_pack(name).instruction(task, lang) for name in WORDINGS]
    for first, second in combinations(map(words, texts), 2):
        shared = len(first & second) / len(first | second)
        # The tags and their names are the same in all of them.
        assert shared <= (0.75 if "Universal" in texts[0] or task.name == "chunking" else 0.5)


def test_questions_and_statements() -> None:
    for task, lang in ASKED_IN:
        assert re.search(r"[?？]", the_pack("plain").instruction(task, lang)) or (
            task.name == "clang8"  # there the question itself asks
        )
        assert not re.search(r"[?？]", the_pack("formal").instruction(task, lang))


@pytest.mark.parametrize("name", PACKS)
def test_no_white_space_at_the_ends_and_no_template_left_over(name: str) -> None:
    pack = the_pack(name)
    for task in tasks_of(name):
        for lang in task.languages:
            prompt = pack.prompt(task, example(task, lang))
            instruction = pack.instruction(task, lang)
            reply = pack.reply_instruction(task, lang)
            for text in (prompt, instruction, reply, *pack.symbols_for(task, task.n_options)):
                assert text == text.strip()
                assert "  " not in text
                assert not re.search(r"\{\w+\}", text)


def test_packs_agree_on_languages_of_the_frame() -> None:
    for name in PACKS:
        assert set(the_pack(name).cue) == set(the_pack(name).reply) == set(LANGUAGES)


@pytest.mark.parametrize("name", PACKS)
def test_prompts_do_not_depend_on_the_gold(name: str) -> None:
    pack = the_pack(name)
    for task in tasks_of(name):
        for lang in task.languages:
            item = dict(example(task, lang))
            blocks = {pack.block(task, {**item, "label": i}) for i in range(task.n_options)}
            assert len(blocks) == 1


@pytest.mark.parametrize("name", PACKS)
def test_instructions_favour_no_option(name: str) -> None:
    """An instruction names all of a task's fixed options or none, and nothing of an example."""
    pack = the_pack(name)
    for task in tasks_of(name):
        if task.fixed_options is None:
            for lang in task.languages:
                item = example(task, lang)
                gold = item["options"][item["label"]]
                if len(gold) > 5:
                    assert gold.casefold() not in pack.instruction(task, lang).casefold()
            continue
        for lang in task.languages:
            instruction = pack.instruction(task, lang).casefold()
            options = [option.casefold() for option in task.options_in(lang)]
            whole = [
                re.search(rf"(?<!\w){re.escape(option)}(?!\w)", instruction) for option in options
            ]
            if task.name not in {"halueval", "toxicity", "agnews"} and lang != "zh":
                assert len({bool(found) for found in whole}) == 1, (task.name, lang, options)


@pytest.mark.parametrize("name", list(SYMBOLS))
def test_symbol_packs_change_the_symbols_alone(name: str) -> None:
    task, pack = get_task("agnews"), the_pack(name)
    assert "".join(pack.symbols) == SYMBOLS[name]
    assert pack.instruction(task, "en") == task.instruction["en"]
    assert all(text in pack.block(task, example(task, "en")) for text in task.options_in("en"))


def test_words_are_for_the_tasks_with_fixed_options() -> None:
    pack = the_pack("words")
    assert set(pack.only) == {task.name for task in TASKS if task.fixed_options is not None}
    for task in tasks_of("words"):
        assert len(pack.tasks[task.name].symbols) == task.n_options
    with pytest.raises(UsageError, match="pack words is not for task swag: it is for agnews, "):
        pack.prompt(get_task("swag"), example(get_task("swag"), "en"))


def test_a_word_stands_for_the_option_beside_it() -> None:
    pack, task = the_pack("words"), get_task("xnli")
    lines = pack.block(task, example(task, "fr")).split("\n")
    assert lines[-4:-1] == ["- Yes: Implication", "- Maybe: Neutre", "- No: Contradiction"]
    agnews = pack.block(get_task("agnews"), example(get_task("agnews"), "en"))
    assert agnews.endswith("\n- World\n- Sports\n- Business\n- Tech\nAnswer:")
    assert not pack.positional
    assert the_pack().positional


def test_what_a_generating_model_is_told() -> None:
    task = get_task("xnli")
    assert the_pack().reply_instruction(task, "en") == "Reply with one of A, B, C and nothing else."
    assert the_pack("words").reply_instruction(task, "zh") == "只回答以下之一：Yes, Maybe, No。"
    default, lower = the_pack(), the_pack("lower")
    assert default.digest(task) != default.digest(task, generation=True)
    assert default.digest(task, generation=True) != lower.digest(task, generation=True)


def test_every_pack_has_its_own_digests() -> None:
    for task in TASKS:
        digests = [the_pack(name).digest(task) for name in PACKS if task in tasks_of(name)]
        assert len(set(digests)) == len(digests)


@pytest.fixture(scope="module")
def tokenizer(smollm2: Any) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(smollm2)


@pytest.mark.model
@pytest.mark.parametrize("name", PACKS)
def test_answers_are_single_tokens_for_smollm2(name: str, tokenizer: Any) -> None:
    pack = the_pack(name)
    for task in tasks_of(name):
        for lang in task.languages:
            item = example(task, lang)
            answers = pack.continuations(task, len(item["options"]))
            assert len(answer_tokens(tokenizer, pack.prompt(task, item), answers)) == len(answers)
            # In a chat the answer stands alone at the start of the model's turn.
            symbols = pack.symbols_for(task, len(item["options"]))
            answer_tokens(tokenizer, "<|im_start|>assistant\n", symbols)
