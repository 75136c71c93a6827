import numpy as np
import pytest
import torch

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.engine.answer_gradients import AnswerGradients
from neurgrad_eval.features.codes import encode
from neurgrad_eval.features.collect import collect
from neurgrad_eval.features.features import Features, empty_features
from neurgrad_eval.features.stored import from_arrays, to_arrays
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import NO_EXPERTS

PROMPTS = [f"prompt {i}" for i in range(7)]
ANSWERS = [" A", " B", " C"]
WIDTHS = (4, 2)
LABELS = [0, 1, 2, 0, 1, 2, 0]


class ToyModel:
    """Random gradients, handed out in batches of an order of its own."""

    widths = WIDTHS
    experts = NO_EXPERTS

    def __init__(self, spoil=None):
        rng = torch.Generator().manual_seed(0)
        n = len(PROMPTS)
        self.activations = [torch.randn(n, w, generator=rng) for w in WIDTHS]
        self.activations[0][:, 1] = 0
        self.gradients = [torch.randn(n, 3, w, generator=rng) for w in WIDTHS]
        self.probabilities = torch.rand(n, 3, generator=rng)
        self.activations[1][0, 0] = 1e6
        if spoil is not None:
            self.gradients[1][spoil, 2, 0] = float("nan")

    def iter_answer_gradients(self, prompts, answers, *, space, batch_size, max_tokens, on_device):
        assert (list(answers), space, max_tokens, on_device) == (ANSWERS, "up", None, True)
        order = list(range(len(prompts)))[::-1]
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            rows = [PROMPTS.index(prompts[i]) for i in batch]
            yield (
                batch,
                AnswerGradients(
                    self.probabilities[rows],
                    tuple(g[rows] for g in self.gradients),
                    tuple(a[rows] for a in self.activations),
                    "up",
                ),
            )


def collected(model=None, **more):
    options = {"space": "up", "batch_size": 3} | more
    return collect(model or ToyModel(), PROMPTS, ANSWERS, LABELS, **options)


def same(one, other):
    names = ("codes", "activations", "probabilities", "labels")
    return all((getattr(one, name) == getattr(other, name)).all() for name in names)


@pytest.mark.parametrize("sign", ["magnitude", "signed"])
def test_features_are_those_of_the_gradients(sign):
    model = ToyModel()
    features = collected(model, sign=sign)
    g = torch.cat(model.gradients, dim=2).numpy()
    a = torch.cat(model.activations, dim=1).numpy()
    if sign == "magnitude":
        g = g * np.sign(a)[:, None]
    assert (features.codes == encode(g)).all()
    assert (features.probabilities == model.probabilities.numpy()).all()
    assert features.activations[0, 4] == np.finfo(np.float16).max
    assert (features.activations[1:] == a[1:].astype(np.float16)).all()
    chosen = [5, 0]
    assert (features.signs(chosen) == np.sign(np.moveaxis(g, 1, 2)[:, chosen])).all()
    assert (features.highest(chosen) == g.argmax(axis=1)[:, chosen]).all()
    assert (features.lowest(chosen) == g.argmin(axis=1)[:, chosen]).all()
    assert features.codes.nbytes + features.activations.nbytes == 4 * 7 * 6


def test_batches_and_order_do_not_matter():
    whole, heard = collected(batch_size=7), []
    assert same(collected(batch_size=2, on_batch=heard.append), whole)
    assert heard == [2, 2, 2, 1]


def test_gradients_that_are_not_finite_are_an_error():
    with pytest.raises(DataError, match="prompt 4: gradients in layer 1 are not finite"):
        collected(ToyModel(spoil=4))
    with pytest.raises(DataError, match="prompt item 4: gradients"):
        collected(ToyModel(spoil=4), names=[f"item {row}" for row in range(7)])


@pytest.mark.parametrize(
    ("answers", "labels", "groups", "message"),
    [
        (ANSWERS, LABELS[:6], None, "6 labels for 7 prompts"),
        (ANSWERS, LABELS, ["a"], "1 groups for 7 prompts"),
        (ANSWERS[:1], [0] * 7, None, "1 answers; 2 to 10 are possible"),
        (ANSWERS, [0] * 6 + [3], None, "prompt 6: label 3 is none of 3 answers"),
    ],
)
def test_what_does_not_fit_together_is_refused(answers, labels, groups, message):
    with pytest.raises(UsageError, match=message):
        collect(ToyModel(), PROMPTS, answers, labels, groups=groups)


def test_each_prompt_is_a_group_of_its_own_unless_told():
    assert collected().groups == tuple("0123456")
    assert collected(groups="aabbccd").groups == tuple("aabbccd")


def test_some_prompts():
    features = collected(groups="aabbccd")
    part, beginning = features.take([5, 1]), features.take(slice(2, 4))
    assert part.groups == ("c", "a")
    assert part.ids == ("5", "1")
    assert (part.codes == features.codes[[5, 1]]).all()
    assert beginning.labels.tolist() == [2, 0]
    assert np.shares_memory(beginning.codes, features.codes)


def test_shapes_are_checked():
    features = empty_features(LABELS, 3, WIDTHS)
    with pytest.raises(ValueError, match="codes: shape"):
        Features(**(vars(features) | {"widths": (4, 3)}))
    with pytest.raises(ValueError, match="groups: not 7"):
        Features(**(vars(features) | {"groups": ("a",)}))


def test_prompts_are_kept_as_texts():
    assert collected().texts == tuple(PROMPTS)
    assert collected().take([5, 1]).texts == (PROMPTS[5], PROMPTS[1])
    assert from_arrays(to_arrays(collected())).texts == ()


def test_stored_features_come_back_as_they_are():
    features = collected()
    loaded = from_arrays(to_arrays(features))
    assert loaded.widths == WIDTHS
    for name in ("codes", "activations", "probabilities", "labels"):
        assert getattr(loaded, name).dtype == getattr(features, name).dtype
        assert (getattr(loaded, name) == getattr(features, name)).all()


def test_an_outlier_changes_no_other_prompt():
    activations = np.random.default_rng(0).normal(0, 0.1, size=(253, 4)).astype(np.float16)
    features = empty_features(np.arange(253) % 2, 2, (4,))
    features.activations[:] = activations
    features.activations[0] = 60
    loaded = from_arrays(to_arrays(features))
    assert (loaded.activations[1:] == activations[1:]).all()


def test_four_options_take_less_than_three_bytes():
    rng = np.random.default_rng(0)
    g = rng.normal(size=(64, 4, 2048)).astype(np.float32)
    g[:, :, :9] = 0
    g[3, 1, 70:90] = g[3, 2, 70:90]  # a few ties
    features = empty_features(np.arange(64) % 4, 4, (1024, 1024))
    features.codes[:], features.activations[:] = encode(g), rng.normal(size=(64, 2048))
    arrays = to_arrays(features)
    assert (from_arrays(arrays).codes == features.codes).all()
    assert sum(array.nbytes for array in arrays.values()) <= 2.9 * 64 * 2048


@pytest.mark.parametrize("spoil", [{"planes": None}, {"widths": np.array([1])}])
def test_other_arrays_are_no_features(spoil):
    arrays = to_arrays(collected()) | spoil
    with pytest.raises(DataError, match="these are no features"):
        from_arrays({name: array for name, array in arrays.items() if array is not None})


def test_codes_are_those_of_both_spaces_under_magnitude(make_tiny_llama, tiny):
    """Also of neurons whose gate or up-projection is 0: they are silent in both."""
    network = make_tiny_llama()
    with torch.no_grad():
        network.model.layers[1].mlp.gate_proj.weight[5] = 0
        network.model.layers[2].mlp.up_proj.weight[7] = 0
    model = NeuronModel.from_model(network, tiny.tokenizer, name="tiny")
    prompts, labels = ["Which? A", "Why not?", "Who was that?"], [0, 1, 2]
    found = {
        (space, sign): collect(model, prompts, ANSWERS, labels, space=space, sign=sign)
        for space in ("hidden", "up")
        for sign in ("magnitude", "signed")
    }
    hidden, up = found["hidden", "magnitude"], found["up", "magnitude"]
    assert (hidden.codes == up.codes).all()
    assert (hidden.codes[:, [29, 55]] == encode(np.zeros((1, 3, 1), np.float32))).all()
    assert (hidden.activations != up.activations).any()
    assert (found["hidden", "signed"].codes != found["up", "signed"].codes).any()
