import json

import numpy as np
import pytest
import torch

from mceval8k.errors import DataError
from neurgrad_eval.codes import encode
from neurgrad_eval.feature_store import (
    Provenance,
    digest_texts,
    fingerprint,
    has_features,
    load_features,
    open_store,
    save_features,
)
from neurgrad_eval.features import GradientSettings, empty_features, fill_features
from neurgrad_eval.result import AnswerGradients

PROMPTS = [f"prompt {i}" for i in range(7)]
ANSWERS = [" A", " B", " C"]
WIDTHS = (4, 2)
LABELS = [0, 1, 2, 0, 1, 2, 0]


class ToyModel:
    """Random gradients, handed out in batches of an order of its own."""

    widths = WIDTHS

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

    def iter_answer_gradients(self, prompts, answers, *, space, batch_size):
        assert (list(answers), space) == (ANSWERS, "up")
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


def compute(model, batch_size=3, rows=range(7), sign="magnitude", **more):
    features = empty_features(LABELS, 3, WIDTHS)
    fill_features(
        features,
        list(rows),
        model=model,
        prompts=[PROMPTS[row] for row in rows],
        answers=ANSWERS,
        settings=GradientSettings("up", sign, batch_size),
        **more,
    )
    return features


def same(one, other):
    names = ("codes", "activations", "probabilities", "labels")
    return all((getattr(one, name) == getattr(other, name)).all() for name in names)


@pytest.mark.parametrize("sign", ["magnitude", "signed"])
def test_features_are_those_of_the_gradients(sign):
    model = ToyModel()
    features = compute(model, sign=sign)
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
    whole, heard = compute(ToyModel(), batch_size=7), []
    assert same(compute(ToyModel(), batch_size=2, on_batch=heard.append), whole)
    assert heard == [2, 2, 2, 1]


def test_rows_may_be_filled_in_parts():
    features, whole = empty_features(LABELS, 3, WIDTHS), compute(ToyModel())
    for rows in ([6, 1, 3], [0, 2, 4, 5]):
        part = compute(ToyModel(), rows=rows)
        for name in ("codes", "activations", "probabilities"):
            getattr(features, name)[rows] = getattr(part, name)[rows]
    assert same(features, whole)


def test_gradients_that_are_not_finite_are_an_error():
    with pytest.raises(DataError, match="prompt 4: gradients in layer 1 are not finite"):
        compute(ToyModel(spoil=4))


def test_shapes_are_checked():
    features = empty_features(LABELS, 3, WIDTHS)
    with pytest.raises(ValueError, match="codes: shape"):
        type(features)(**(vars(features) | {"widths": (4, 3)}))


PROVENANCE = Provenance(
    model="m",
    revision=None,
    weights="w" * 64,
    dtype="float32",
    space="up",
    sign="magnitude",
    edition="e" * 64,
    task="agnews",
    pack="p" * 64,
    items=tuple(f"i{i}" for i in range(7)),
    prompts=digest_texts(PROMPTS),
)


def test_stored_features_come_back_with_rounded_activations(tmp_path):
    features = compute(ToyModel())
    assert not has_features(tmp_path)
    kept = save_features(features, tmp_path, PROVENANCE)
    loaded = load_features(tmp_path, PROVENANCE)
    assert same(loaded, kept)
    assert loaded.widths == WIDTHS
    for name in ("codes", "probabilities", "labels"):
        assert (getattr(loaded, name) == getattr(features, name)).all()
    exact = features.activations.astype(np.float64)
    step = (exact.max(axis=0) - exact.min(axis=0)) / 255
    error = np.abs(loaded.activations.astype(np.float64) - exact)
    assert (error <= step / 2 + 2.0**-11 * np.abs(exact)).all()
    assert (loaded.activations[:, 1] == 0).all()  # a silent neuron stays silent
    assert {path.name for path in tmp_path.iterdir()} == {"features.json", "shards"}


def test_shards_are_kept_as_they_come(tmp_path):
    features = compute(ToyModel())
    store = open_store(tmp_path, PROVENANCE, widths=WIDTHS, n_shards=2)
    even, odd = [0, 2, 4, 6], [1, 3, 5]
    kept = store.save(1, odd, features.take(odd))
    assert store.missing() == [0]
    with pytest.raises(DataError, match=r"00000\.safetensors: missing"):
        load_features(tmp_path, PROVENANCE)
    again = open_store(tmp_path, PROVENANCE, widths=WIDTHS, n_shards=2)
    again.save(0, even, features.take(even))
    assert again.missing() == []
    rows, part = again.load(1)
    assert rows == odd
    assert same(part, kept)
    whole = load_features(tmp_path, PROVENANCE)
    assert (whole.codes == features.codes).all()
    assert (whole.activations[odd] == kept.activations).all()


def test_a_shard_of_another_run_is_refused(tmp_path):
    features, other = compute(ToyModel()), Provenance(**(vars(PROVENANCE) | {"task": "ner"}))
    save_features(features, tmp_path / "one", PROVENANCE)
    save_features(features, tmp_path / "other", other)
    shard = "shards/00000.safetensors"
    (tmp_path / "one" / shard).write_bytes((tmp_path / "other" / shard).read_bytes())
    with pytest.raises(DataError, match="of another run"):
        load_features(tmp_path / "one", PROVENANCE)


def test_four_options_take_less_than_two_bytes(tmp_path):
    rng = np.random.default_rng(0)
    widths, prompts = (1024, 1024), 256
    g = rng.normal(size=(prompts, 4, 2048)).astype(np.float32)
    activations = rng.normal(size=(prompts, 2048)).astype(np.float16)
    g[:, :, :9] = 0
    g[3, 1, 70:90] = g[3, 2, 70:90]  # a few ties
    features = empty_features(np.arange(prompts) % 4, 4, widths)
    features.codes[:], features.activations[:] = encode(g), activations
    whole = Provenance(**(vars(PROVENANCE) | {"items": tuple(f"i{i}" for i in range(prompts))}))
    save_features(features, tmp_path, whole)
    assert (load_features(tmp_path, whole).codes == features.codes).all()
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert size <= 1.95 * prompts * 2048


@pytest.mark.parametrize("field", list(vars(PROVENANCE)))
def test_features_of_another_run_are_refused(tmp_path, field):
    save_features(compute(ToyModel()), tmp_path, PROVENANCE)
    other = ("i0",) if field == "items" else "other"
    with pytest.raises(DataError, match=f"another run: {field} differs"):
        load_features(tmp_path, Provenance(**(vars(PROVENANCE) | {field: other})))


def test_damage_is_found(tmp_path):
    save_features(compute(ToyModel()), tmp_path, PROVENANCE)
    arrays = tmp_path / "shards" / "00000.safetensors"
    whole = arrays.read_bytes()
    arrays.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(DataError, match="differs from its hash"):
        load_features(tmp_path, PROVENANCE)
    arrays.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="these are no features"):
        load_features(tmp_path, PROVENANCE)
    sidecar = tmp_path / "features.json"
    sidecar.write_text(json.dumps({"widths": [1]}))
    with pytest.raises(DataError, match="provenance"):
        load_features(tmp_path, PROVENANCE)
    sidecar.write_text("{")
    with pytest.raises(DataError, match=r"features\.json"):
        load_features(tmp_path, PROVENANCE)


def test_digest_tells_where_texts_end():
    assert digest_texts(["ab", "c"]) != digest_texts(["a", "bc"])


def test_fingerprint_tells_weights_apart():
    torch.manual_seed(0)
    module, other = torch.nn.Linear(50, 40), torch.nn.Linear(50, 40)
    assert fingerprint(module) == fingerprint(module)
    assert fingerprint(module) != fingerprint(other)
    other.load_state_dict(module.state_dict())
    assert fingerprint(module) == fingerprint(other)
    assert fingerprint(module) != fingerprint(module.bfloat16())
