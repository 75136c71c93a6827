"""The task records: complete, consistent, and right on rows labelled by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest

from mceval8k.item import features, make_item, normalise
from mceval8k.prompts.pack import load_pack
from mceval8k.registry import all_tasks, get_task, resolve
from mceval8k.task import LANGUAGES, Parts, Task

GENRES = {
    "linguistic": {"clang8", "postag", "chunking", "ner"},
    "classification": {"agnews", "amazon-reviews", "imdb"},
    "nli": {"mnli", "paws", "swag"},
    "factuality": {"myriadlama", "fever", "commonsenseqa", "templama"},
    "self-reflection": {"halueval", "toxicity", "stereoset"},
    "multilingual": {"amazon-review-multi", "lti", "mlama", "xnli", "mpostag"},
}
N_OPTIONS = {2: 6, 3: 3, 4: 9, 5: 4}  # released tasks by number of options
RELEASED = [task for task in all_tasks().values() if task.released_folder is not None]
EXAMPLES = [
    pytest.param(task, raw, id=f"{task.name}-{number}")
    for task in all_tasks().values()
    for number, raw in enumerate(task.examples)
]


@pytest.fixture(params=all_tasks().values(), ids=lambda task: task.name)
def task(request: pytest.FixtureRequest) -> Task:
    """Each task in turn."""
    return request.param


def item_of(name: str, raw: Mapping[str, Any]) -> Mapping[str, Any]:
    return make_item(get_task(name), raw, source="test", source_id="0")


def parts_of(name: str, **raw: Any) -> Parts:
    return get_task(name).to_parts(raw)


def example(name: str, lang: str) -> Mapping[str, Any]:
    rows = get_task(name).examples
    return next(raw for raw in rows if item_of(name, raw)["lang"] == lang)


def test_the_released_tasks_and_their_genres() -> None:
    found = {genre: {task.name for task in RELEASED if task.genre == genre} for genre in GENRES}
    assert found == GENRES
    assert [*resolve(list(GENRES))] == [*all_tasks().values()]


def test_numbers_of_options_are_those_of_the_released_tasks() -> None:
    counts = [task.n_options for task in RELEASED]
    assert {n: counts.count(n) for n in set(counts)} == N_OPTIONS


@pytest.mark.parametrize("task", RELEASED, ids=lambda task: task.name)
def test_multilingual_tasks_have_five_languages_and_the_others_english(task: Task) -> None:
    assert task.languages == (LANGUAGES if task.genre == "multilingual" else ("en",))


def test_there_is_an_example_in_every_language(task: Task) -> None:
    assert {task.to_parts(raw).lang for raw in task.examples} == set(task.languages)


def test_record_is_complete(task: Task) -> None:
    texts = [task.summary, task.licence, task.group, *task.instruction.values()]
    assert all(text and text == text.strip() for text in texts)
    assert all(source.licence and source.url.startswith("https://") for source in task.sources)
    assert task.citation.startswith("@")
    assert task.citation.count("{") == task.citation.count("}")
    assert sum(task.nominal_sizes.values()) <= 8000


@pytest.mark.parametrize(("task_of_row", "raw"), EXAMPLES)
def test_example_makes_an_item(task_of_row: Task, raw: Mapping[str, Any]) -> None:
    assert set(raw) == set(task_of_row.raw_columns)
    item = make_item(task_of_row, raw, source="test", source_id="0")
    expected = features(task_of_row)
    table = pa.table({name: [item[name]] for name in expected}, schema=expected.arrow_schema)
    assert table.to_pylist() == [dict(item)]
    assert item["question"].strip()
    assert item["group"].strip()
    assert len({normalise(option) for option in item["options"]}) == task_of_row.n_options


@pytest.mark.parametrize(("task_of_row", "raw"), EXAMPLES)
def test_default_prompt_ends_in_the_cue(task_of_row: Task, raw: Mapping[str, Any]) -> None:
    pack = load_pack()
    item = make_item(task_of_row, raw, source="test", source_id="0")
    spoken = task_of_row.language_of_prompt(item["lang"])
    prompt = pack.prompt(task_of_row, item)
    assert prompt.startswith(task_of_row.instruction[spoken] + "\n\n" + item["question"] + "\nA. ")
    assert prompt.endswith("\n" + pack.cue[spoken])
    assert not any(line != line.rstrip() for line in prompt.splitlines())


def test_items_of_a_language_have_its_fixed_options() -> None:
    fixed = [task for task in all_tasks().values() if task.fixed_options is not None]
    assert sum(task in RELEASED for task in fixed) == 11
    for task in fixed:
        for parts in map(task.to_parts, task.examples):
            assert parts.options == task.options_in(parts.lang)


def test_text_of_the_data_is_never_a_template() -> None:
    parts = parts_of("xnli", index=3, premise="{0} {x}", hypothesis="%s {", label=0, lang="fr")
    assert parts.question == "Prémisse : {0} {x}\nHypothèse : %s {"


def test_id_is_of_the_content_alone() -> None:
    agnews = item_of("agnews", {"text": "Rain stops  Play", "label": 1})
    # printf '["agnews","en","article: rain stops play",["world","sports","business","sci/tech"],1]'
    # | sha256sum
    assert agnews["id"] == "agnews-4c2a5d714b0a"
    lti = item_of("lti", {"text": "Guten Tag!", "lang": "de"})
    # printf '["lti","de","text: guten tag!",["english","french","german","chinese","spanish"],2]'
    assert lti["id"] == "lti-533ee01525e1"


@pytest.mark.parametrize(("stars", "label"), [(1.0, 0), (3.0, 2), (5.0, 4), (5, 4)])
def test_amazon_stars_are_counted_from_one(stars: float, label: int) -> None:
    single = parts_of("amazon-reviews", text="Fine.", label=stars)
    multi = parts_of("amazon-review-multi", review="Nada mal.", label=int(stars), lang="es")
    assert single.label == multi.label == label
    assert single.options[label] == f"{int(stars)} star" + "s" * (stars > 1)
    assert multi.options[label] == f"{int(stars)} estrella" + "s" * (stars > 1)


@pytest.mark.parametrize("stars", [0.0, 6.0, 4.5, math.nan, None, "5"])
def test_bad_stars_raise(stars: Any) -> None:
    with pytest.raises(ValueError, match="stars"):
        parts_of("amazon-reviews", text="Fine.", label=stars)
    with pytest.raises(ValueError, match="stars"):
        parts_of("amazon-review-multi", review="Fine.", label=stars, lang="en")


def test_clang8_options_are_the_sentences_in_order() -> None:
    parts = parts_of("clang8", sentence1="She go .", sentence2="She goes .", acceptable=1)
    assert parts.options == ("She go .", "She goes .")
    assert parts.options[parts.label] == "She goes ."
    swapped = parts_of("clang8", sentence1="She goes .", sentence2="She go .", acceptable=0)
    assert swapped.group == parts.group
    assert "She" not in parts.question


def test_clang8_reads_a_missing_sentence_as_empty() -> None:
    parts = parts_of("clang8", sentence1=None, sentence2="She goes .", acceptable=0)
    assert parts.options == ("", "She goes .")


def test_stereoset_gold_is_the_unrelated_sentence() -> None:
    parts = parts_of(
        "stereoset",
        context="My aunt is a pilot.",
        sentences=["She is brave.", "She is shy.", "Bread is cheap."],
        **{"stereotype": 1, "anti-stereotype": 0, "non-stereotype": 2},
    )
    assert parts.options[parts.label] == "Bread is cheap."
    assert parts.group == "my aunt is a pilot."


@pytest.mark.parametrize(
    ("lang", "answer"),
    [("en", "English"), ("fr", "French"), ("de", "German"), ("zh", "Chinese"), ("es", "Spanish")],
)
def test_lti_gold_is_the_language(lang: str, answer: str) -> None:
    parts = parts_of("lti", text="…", lang=lang)
    assert parts.options[parts.label] == answer
    assert parts.lang == lang


def test_lti_prompts_differ_in_the_text_alone() -> None:
    task, pack = get_task("lti"), load_pack()
    prompts = {
        pack.prompt(task, item_of("lti", raw)).replace(raw["text"], "TEXT") for raw in task.examples
    }
    assert len(prompts) == 1
    assert len({pack.block(task, item_of("lti", {"text": "", "lang": x})) for x in LANGUAGES}) == 1


def test_xnli_is_asked_in_german() -> None:
    raw = {"index": 7, "premise": "Es regnet.", "hypothesis": "Es ist trocken.", "lang": "de"}
    item = item_of("xnli", {**raw, "label": 2})
    assert item["question"] == "Prämisse: Es regnet.\nHypothese: Es ist trocken."
    assert item["options"] == ["Folgerung", "Neutral", "Widerspruch"]
    assert item["options"][item["label"]] == "Widerspruch"
    assert load_pack().prompt(get_task("xnli"), item).endswith("\nAntwort:")


@pytest.mark.parametrize("name", ["xnli", "mlama"])
def test_parallel_items_are_one_group(name: str) -> None:
    assert len({item_of(name, raw)["group"] for raw in get_task(name).examples}) == 1


def test_mpostag_labels_its_fields_in_the_items_language() -> None:
    questions = {
        lang: item_of("mpostag", example("mpostag", lang))["question"] for lang in LANGUAGES
    }
    assert questions["es"] == "Oración: Mis primos viven en Cádiz.\nPalabra: en"
    assert questions["zh"] == "句子：他昨天买了三本书。\n词语：三"


@pytest.mark.parametrize(
    ("name", "column", "value", "answer"),
    [
        ("agnews", "label", 3, "Sci/Tech"),
        ("imdb", "label", 0, "Negative"),
        ("fever", "label", 0, "False"),
        ("mnli", "label", 1, "Neutral"),
        ("toxicity", "toxic", 1, "Toxic"),
        ("halueval", "hallucination", 1, "Hallucinated"),
        ("paws", "label", 1, "Yes"),
    ],
)
def test_fixed_options_follow_the_released_labels(
    name: str, column: str, value: int, answer: str
) -> None:
    parts = get_task(name).to_parts({**get_task(name).examples[0], column: value})
    assert parts.options[parts.label] == answer


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("agnews", "label", 4),
        ("agnews", "label", 1.5),
        ("agnews", "text", None),
        ("imdb", "label", -1),
        ("fever", "label", "True"),
        ("swag", "options", ["one"]),
        ("stereoset", "non-stereotype", 3),
        ("lti", "lang", "it"),
        ("xnli", "lang", "pt"),
        ("xnli", "index", None),
        ("halueval", "dialogue", math.nan),
        ("clang8", "acceptable", 2),
    ],
)
def test_a_bad_value_raises(name: str, column: str, value: Any) -> None:
    raw = {**get_task(name).examples[0], column: value}
    with pytest.raises((TypeError, ValueError)):
        item_of(name, raw)


def test_a_missing_column_raises_key_error(task: Task) -> None:
    with pytest.raises(KeyError):
        make_item(task, {}, source="test", source_id="0")
