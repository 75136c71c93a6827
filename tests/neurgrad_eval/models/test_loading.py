"""Loading a model: types, devices, and what is wrong said before anything is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from mceval8k.errors import UsageError
from neurgrad_eval.models import loading
from neurgrad_eval.neuron_model import NeuronModel

QUESTION = (["Who is it?"], [" A", " B"])


@pytest.mark.parametrize(
    ("dtype", "loaded"),
    [
        ("auto", torch.bfloat16),
        ("float32", torch.float32),
        ("float16", torch.float16),
        (torch.float64, torch.float64),
    ],
)
def test_types_of_the_weights(
    tiny_folder: Path, tmp_path: Path, dtype: Any, loaded: torch.dtype
) -> None:
    saved = NeuronModel.from_pretrained(tiny_folder)
    saved.model.to(torch.bfloat16).save_pretrained(tmp_path)
    saved.tokenizer.save_pretrained(tmp_path)
    model = NeuronModel.from_pretrained(tmp_path, dtype=dtype)
    assert model.model.dtype == loaded
    assert model.answer_gradients(*QUESTION).gradients[0].dtype == torch.float32


def test_a_map_of_devices(tiny_folder: Path) -> None:
    mapped = NeuronModel.from_pretrained(tiny_folder, device_map="auto")
    assert mapped.answer_gradients(*QUESTION) == NeuronModel.from_pretrained(
        tiny_folder
    ).answer_gradients(*QUESTION)


@pytest.mark.parametrize("accelerate", [True, False])
def test_weights_go_straight_to_their_device(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch, accelerate: bool
) -> None:
    asked: list[Any] = []
    read = loading.AutoModelForCausalLM.from_pretrained

    def watch(where: str, *, device_map: Any, **options: Any) -> Any:
        asked.append(device_map)
        return read(where, **options)

    monkeypatch.setattr(loading.AutoModelForCausalLM, "from_pretrained", watch)
    monkeypatch.setattr(loading, "is_accelerate_available", lambda: accelerate)
    options: dict[str, Any] = {"device_map": None, "revision": None, "gguf_file": None}
    model, *_ = loading.load(tiny_folder, kind="auto", dtype="float32", device="meta", **options)
    assert asked == [{"": torch.device("meta")} if accelerate else None]
    assert accelerate or model.device.type == "meta"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dtype": "float8"}, "dtype 'float8' is none of auto, float32"),
        ({"kind": "maybe"}, "kind 'maybe' is none of auto, causal, masked"),
        ({"device": "gpu"}, "device gpu: "),
        ({"device": "cuda:99"}, "device cuda:99: "),
        ({}, "model .*nowhere: "),
        ({"gguf_file": "tiny.gguf"}, "model .*nowhere: "),
    ],
)
def test_the_mistake_is_named(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words) as raised:
        NeuronModel.from_pretrained(tmp_path / "nowhere", **options)
    assert len(str(raised.value).splitlines()) == 1


def test_code_of_a_checkpoint_is_never_run(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        '{"model_type": "own", "auto_map": {"AutoConfig": "own.Own"}, "architectures": ["Own"]}'
    )
    (tmp_path / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(UsageError, match="model "):
        NeuronModel.from_pretrained(tmp_path)
    assert not (tmp_path / "ran").exists()


def test_random_weights_are_drawn_by_seed_and_named(tiny_folder: Path) -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    trained = NeuronModel.from_pretrained(tiny_folder)
    one, same, other = (
        NeuronModel.from_pretrained(tiny_folder, random_weights=seed) for seed in (7, 7, 8)
    )
    assert one.fingerprint == same.fingerprint
    assert len({model.fingerprint for model in (trained, one, other)}) == 3
    assert one.name == f"{tiny_folder} (random weights, seed 7)"
    assert one.widths == trained.widths
    assert (torch.random.get_rng_state() == before).all()  # nothing else is drawn otherwise


@pytest.mark.parametrize("options", [{"gguf_file": "m.gguf"}, {"device_map": "auto"}])
def test_random_weights_are_of_plain_folders_on_one_device(
    tiny_folder: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(UsageError, match="random weights: not of a GGUF file"):
        NeuronModel.from_pretrained(tiny_folder, random_weights=0, **options)
