"""Generation after a shared beginning gives the texts that `hf` gives, with fewer tokens run."""

from __future__ import annotations

import pytest
import torch
from lm_eval.api.instance import Instance

from harness.prefix_scorer.generating import SHORTEST, Batch, agrees, find_beginning
from tests.harness.prefix_scorer.conftest import ARCHITECTURES, Both, make_model, make_tokenizer

BEGINNING = "Decide which answer is right, and say its letter only. "
QUESTIONS = [f"{'Why? ' * n}Question {n}:" for n in (3, 0, 7, 1, 5, 2, 4)]
SHARES = ("Llama", "Qwen2", "GPT2", "GPTNeoX", "OPT")
"""Architectures whose cache holds keys and values of all tokens, and that know what is masked."""


def asked(prompts, **settings):
    settings = {"until": ["</s>"], "max_gen_toks": 12, "do_sample": False, **settings}
    return [Instance("generate_until", {}, (prompt, settings), 0) for prompt in prompts]


def generated(both, requests):
    """Texts of `hf` and of `hf-prefix`, and the tokens that each ran."""
    counts, texts = [], []
    for lm in (both.stock, both.prefix):
        ran = []
        hook = both.model.get_input_embeddings().register_forward_pre_hook(
            lambda _, inputs, ran=ran: ran.append(inputs[0].numel())
        )
        texts.append(lm.generate_until(requests, disable_tqdm=True))
        hook.remove()
        counts.append(sum(ran))
    return texts, counts


@pytest.mark.parametrize("bos", [False, True])
@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name != "T5"])
def test_the_texts_are_those_of_hf(name, bos) -> None:
    both = Both(make_model(name), make_tokenizer(bos=bos))
    requests = asked([BEGINNING + question for question in QUESTIONS])
    (expected, found), _ = generated(both, requests)
    assert found == expected
    assert len(set(expected)) > 1
    assert (both.prefix._beginning is not None) == (name in SHARES)


def test_the_beginning_is_run_once_and_for_one_trial() -> None:
    both = Both(make_model("Llama"), make_tokenizer())
    requests = asked([3 * BEGINNING + question for question in QUESTIONS * 4])
    (expected, found), (plain, shared) = generated(both, requests)
    assert found == expected
    assert shared < 0.5 * plain


def test_drawn_texts_are_the_same_draws() -> None:
    both = Both(make_model("Llama"), make_tokenizer())
    requests = asked([BEGINNING + q for q in QUESTIONS], do_sample=True, temperature=0.7)
    texts = []
    for lm in (both.stock, both.prefix):
        torch.manual_seed(3)
        texts.append(lm.generate_until(requests, disable_tqdm=True))
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("prompts", "settings"),
    [
        (QUESTIONS, {}),  # nothing is shared
        ([BEGINNING + QUESTIONS[0]], {}),  # one prompt alone
        ([BEGINNING + q for q in QUESTIONS], {"num_beams": 2}),
        ([BEGINNING * 12 + q for q in QUESTIONS], {}),  # cut off from the left
    ],
)
def test_what_cannot_share_is_generated_as_hf_does(prompts, settings) -> None:
    both = Both(make_model("Llama"), make_tokenizer())
    (expected, found), (plain, shared) = generated(both, asked(prompts, **settings))
    assert found == expected
    assert shared >= plain


def test_a_model_that_says_something_else_after_a_cache_is_not_given_one(
    monkeypatch, caplog
) -> None:
    monkeypatch.setattr("harness.prefix_scorer.model.agrees", lambda *_: False)
    both = Both(make_model("Llama"), make_tokenizer())
    (expected, found), _ = generated(both, asked([BEGINNING + q for q in QUESTIONS]))
    assert found == expected
    assert both.prefix._beginning is None
    assert "generating as hf does" in caplog.text


def test_padding_moves_behind_the_beginning() -> None:
    model = make_model("Llama")
    first = list(range(3, 3 + SHORTEST))
    beginning = find_beginning(model, [[*first, 30, 31], [*first, 40]])
    assert beginning is not None
    assert beginning.tokens.tolist() == first
    ids = torch.tensor([[*first, 30, 31], [0, *first, 40]])
    mask = torch.tensor([[1] * 18, [0, *[1] * 17]])
    moved = beginning.rearranged(Batch(ids, mask))
    assert moved.ids.tolist() == [[*first, 30, 31], [*first, 0, 40]]
    assert moved.mask.tolist() == [[1] * 18, [*[1] * 16, 0, 1]]
    assert agrees(model, beginning, Batch(ids, mask), moved)
    changed = Batch(moved.ids.clone(), moved.mask)
    changed.ids[1, -1] = 41
    assert not agrees(model, beginning, Batch(ids, mask), changed)
    other = torch.tensor([[*first, 30, 31], [0, 9, *first[1:], 40]])
    assert beginning.rearranged(Batch(other, mask)) is None
    nothing_left = torch.tensor([[*first, 30, 31], [0, 0, *first]])
    assert beginning.rearranged(Batch(nothing_left, mask)) is None


@pytest.mark.parametrize("name", ["Mistral", "Gemma2", "Lfm2", "Qwen3Next"])
def test_windows_and_recurrent_layers_count_padding(name) -> None:
    first = list(range(3, 3 + SHORTEST))
    assert find_beginning(make_model(name), [[*first, 30, 31], [*first, 40]]) is None
