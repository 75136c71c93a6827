"""What the tokens of a row see, and where logits come from."""

from __future__ import annotations

import pytest
import torch

from harness.prefix_scorer.answers import read_answers, wanted_places
from harness.prefix_scorer.forward import branching, run_rows
from harness.prefix_scorer.rows import make_rows
from neurgrad_eval.engine.prefix_cache import compute_prefix, empty_prefix
from neurgrad_eval.engine.strategies import EQUAL_LENGTHS

REQUESTS = [(None, [5, 6, 7], option) for option in ([1, 2], [1, 3, 4], [8, 9])]


def test_each_token_sees_what_leads_to_it() -> None:
    (row,) = make_rows(REQUESTS, 10, branching=True)
    assert row.tokens == (5, 6, 7, 1, 3, 8)
    seen, positions = branching([row], 1, 6)
    #        prefix 6  7  1  3  8  padding
    assert seen[0].int().tolist() == [
        [1, 1, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0],
        [1, 1, 1, 1, 1, 0, 0],
        [1, 1, 1, 0, 0, 1, 0],
        [1, 0, 0, 0, 0, 0, 1],
    ]
    assert positions[0, :5].tolist() == [1, 2, 3, 4, 3]


def test_answers_are_read_from_log_probabilities() -> None:
    rows = make_rows([(None, [0], [1, 0]), (None, [0], [0])], 10, branching=True)
    places = wanted_places(rows, 0)
    assert places.columns == (0, 1)
    logits = torch.tensor([[0.0, 1.0], [2.0, 0.0]])
    first, second = read_answers(logits, places, rows, None)
    probabilities = logits.softmax(-1)
    assert first[1][0] == pytest.approx(float((probabilities[0, 1] * probabilities[1, 0]).log()))
    assert second[1][0] == pytest.approx(float(probabilities[0, 0].log()))
    assert (first[1][1], second[1][1]) == (True, False)


@pytest.mark.parametrize("layer", [None, torch.nn.Identity()])
def test_models_that_compute_all_logits(both, monkeypatch, layer) -> None:
    pair = both()
    model = pair.model
    rows = make_rows(REQUESTS, 10, branching=True)
    places = wanted_places(rows, 2)
    prefix = compute_prefix(model, rows[0].tokens[:2], empty_prefix(model, EQUAL_LENGTHS))
    expected = run_rows(model, prefix, rows, places)
    monkeypatch.setattr(model, "get_output_embeddings", lambda: layer)
    assert torch.allclose(run_rows(model, prefix, rows, places), expected)


@pytest.mark.parametrize(
    "asked", [[([11, 12, 13], [14])], [([11, 12], [13, 14])], [([11], [12, 13, 15])]]
)
def test_one_row_that_is_read_at_as_many_places_as_it_has_tokens(both, asked) -> None:
    """Selected logits and all logits then have one shape."""
    model = both("Bloom").model
    rows = make_rows([(None, *request) for request in asked], 10, branching=False)
    places = wanted_places(rows, 0)
    found = run_rows(model, empty_prefix(model, EQUAL_LENGTHS), rows, places)
    with torch.no_grad():
        logits = model(torch.tensor([rows[0].tokens])).logits[0]
    assert torch.allclose(found, logits[list(places.columns)])


@pytest.mark.parametrize("name", ["Llama", "Bloom"])
def test_requests_of_one_token_and_of_several(both, name) -> None:
    pair = both(name, batch_size=1)
    requests = [([11, 12, 13], [14]), ([11], [12, 13, 15]), ([11, 12], [13, 15])]
    expected = []
    for context, continuation in requests:
        with torch.no_grad():
            logits = pair.model(torch.tensor([context + continuation])).logits[0].log_softmax(-1)
        places = range(len(context) - 1, len(context) + len(continuation) - 1)
        expected.append(float(logits[list(places), continuation].sum()))
    asked = [(("", ""), *request) for request in requests]
    found = pair.prefix._loglikelihood_tokens(asked, disable_tqdm=True)
    assert [value for value, _ in found] == pytest.approx(expected, abs=1e-6)


def test_no_hook_survives_an_error(both, monkeypatch) -> None:
    model = both().model
    rows = make_rows(REQUESTS, 10, branching=True)
    layer = model.get_output_embeddings()

    def fail(_: torch.Tensor) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(layer, "forward", fail)
    with pytest.raises(RuntimeError, match="no"):
        run_rows(model, empty_prefix(model, EQUAL_LENGTHS), rows, wanted_places(rows, 0))
    assert not layer._forward_pre_hooks
