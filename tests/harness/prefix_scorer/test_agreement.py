"""`hf-prefix` against lm-eval's own `hf`, on the same requests and the same weights."""

from __future__ import annotations

import pytest
import torch

from harness.prefix_scorer.support import Found

SHOTS = "Which topic? " + "".join(
    f"Text {n}: a day of {n}. Answer: {'ABCD'[n % 4]}\n" for n in range(3)
)
LETTERS = (" A", " B", " C", " D")
ENDINGS = (" on the mat", " under a tree", " on the roof", " on", " on the mat")


def letters(prefix: str, count: int) -> list[tuple[str, str]]:
    texts = [f"{prefix}{'so ' * (n % 5)}it is {n * n}. Answer:" for n in range(count)]
    return [(text, letter) for text in texts for letter in LETTERS]


def endings(prefix: str, count: int) -> list[tuple[str, str]]:
    texts = [f"{prefix}{'the ' * (n % 4)}cat {n} sat" for n in range(count)]
    return [(text, ending) for text in texts for ending in ENDINGS]


REQUESTS = {
    "letters without demonstrations": letters("", 7),
    "letters after demonstrations": letters(SHOTS, 7),
    "options of several tokens": endings("", 6),
    "options of several tokens after demonstrations": endings(SHOTS, 6),
    "two groups of prompts": letters(SHOTS, 6) + letters("Quel sujet ? " * 9, 6),
    "of all kinds, in disorder": (letters(SHOTS, 5) + endings("", 3) + endings(SHOTS, 4))[::-1],
    "one context begins another": [("abc" * n, " d") for n in range(1, 60, 3)],
    "empty contexts": [("", text) for text in (" A", "B", "</s>B", "the cat", "the dog")],
    "spaces between context and option": [(f"{SHOTS}no ", "yes"), (f"{SHOTS}no", " yes")],
    "the same twice": letters(SHOTS, 2) * 2,
    "one only": [("Once", " upon")],
    "other scripts": [(f"{'问题：选哪个？' * n}答案：", a) for n in (1, 2) for a in ("甲", "乙乙")],
}


@pytest.mark.parametrize("kind", REQUESTS)
def test_same_answers_as_hf(both, kind) -> None:
    pair = both("Llama")
    pair.check(REQUESTS[kind])
    assert pair.prefix._support.find(1) == Found(None, branches=True)


EVERYTHING = REQUESTS["of all kinds, in disorder"] + REQUESTS["two groups of prompts"]


ATTENTION = ["Qwen2", "Mistral", "Gemma2", "GPT2", "GPTNeoX", "OPT", "Bloom"]


@pytest.mark.parametrize("name", [*ATTENTION, "Lfm2", "Qwen3Next"])
def test_architectures(both, name) -> None:
    pair = both(name)
    # Some compute their softmax or their states in single precision whatever the weights.
    pair.check(EVERYTHING, tolerance=1e-4 if name == "Qwen3Next" else 1e-5)
    assert pair.prefix._support.find(1).reason is None
    assert not pair.prefix._said


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_kinds_of_attention(both, attention) -> None:
    both(model={"attn_implementation": attention}).check(EVERYTHING, tolerance=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_within_a_ten_thousandth_in_single_precision(both, dtype) -> None:
    both(dtype=dtype).check(EVERYTHING, tolerance=1e-4)


@pytest.mark.parametrize("max_length", [16, 40, 100])
def test_too_long_requests_lose_their_first_tokens(both, max_length) -> None:
    long = letters(SHOTS, 3) + endings(SHOTS, 3) + [("so", " it is over")]
    both(max_length=max_length).check(long)


@pytest.mark.parametrize(
    "options", [{"add_bos_token": True}, {"bos": True}, {"prefix_token_id": 3}]
)
def test_first_tokens(both, options) -> None:
    both(**options).check(REQUESTS["empty contexts"] + letters(SHOTS, 3))


@pytest.mark.parametrize("batch_size", [1, 64, "auto", "auto:2"])
def test_batch_sizes(both, batch_size) -> None:
    both(batch_size=batch_size, max_batch_size=8).check(EVERYTHING)


def test_types_of_probabilities(both) -> None:
    pair = both(dtype=torch.bfloat16, softmax_dtype="float32")
    expected, found = pair.scores(letters("", 4))
    assert [a for a, _ in found] == pytest.approx([a for a, _ in expected], abs=0.2)


def test_mixed_precision(both) -> None:
    pair = both(dtype=torch.float32, mixed_precision_dtype="bfloat16")
    expected, found = pair.scores(letters(SHOTS, 4))
    assert pair.prefix._support.find(1).reason is None
    assert [a for a, _ in found] == pytest.approx([a for a, _ in expected], abs=1)


def test_continuations_cut_at_different_places(both) -> None:
    # Without its cache of logits; with it, hf reads the shorter one at the longer one's tokens.
    pair = both(logits_cache=False)
    pair.check([("the cat", " sat"), ("the cat sa", "t"), ("the ca", "t sat")])
