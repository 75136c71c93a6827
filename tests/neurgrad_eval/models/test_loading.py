"""Loading a model: types, devices, and what is wrong said before anything is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForImageTextToText

from mceval8k.errors import UsageError
from neurgrad_eval.engine.agreement import Passes
from neurgrad_eval.engine.reference import plain_answer_gradients
from neurgrad_eval.models import loading
from neurgrad_eval.neuron_model import NeuronModel

QUESTION = (["Who is it?"], [" A", " B"])


@pytest.mark.parametrize(
    ("dtype", "loaded"),
    [
        ("auto", torch.bfloat16),
        ("float32", torch.float32),
        ("float16", torch.float16),
        ("half", torch.float16),
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


@pytest.mark.parametrize("beyond", ["weights", "numbers"])
def test_half_is_bfloat16_where_float16_overflows(
    tiny_folder: Path, tmp_path: Path, beyond: str
) -> None:
    saved = NeuronModel.from_pretrained(tiny_folder)
    with torch.no_grad():
        layer = saved.model.model.layers[1]
        if beyond == "weights":
            layer.mlp.up_proj.weight[0, 0] = 7e4
        else:
            layer.mlp.up_proj.weight.mul_(1e4)
            layer.mlp.gate_proj.weight.mul_(100)
        layer.mlp.down_proj.weight.mul_(1e-5)
    saved.model.save_pretrained(tmp_path)
    saved.tokenizer.save_pretrained(tmp_path)
    model = NeuronModel.from_pretrained(tmp_path, dtype="half")
    assert model.model.dtype == torch.bfloat16
    assert model.answer_gradients(*QUESTION).gradients[1].isfinite().all()
    words = r"^model \S+: .*(not finite|does not compute in torch.float16)"
    with pytest.raises(loading.OutOfRangeError, match=words):
        NeuronModel.from_pretrained(tmp_path, dtype="float16")
    if beyond == "numbers":
        wide = NeuronModel.from_pretrained(tmp_path, dtype="float16", compute_dtype="float32")
        assert wide.answer_gradients(*QUESTION).gradients[1].isfinite().all()


def test_half_is_bfloat16_where_kernels_know_nothing_else(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Passes.plain

    def run(self: Passes) -> Any:
        if self.model.dtype == torch.float16:
            raise RuntimeError("no kernel")
        return plain(self)

    monkeypatch.setattr(Passes, "plain", run)
    assert NeuronModel.from_pretrained(tiny_folder, dtype="half").model.dtype == torch.bfloat16
    with pytest.raises(UsageError, match=r"fails on a plain forward and backward pass"):
        NeuronModel.from_pretrained(tiny_folder, dtype="float16")


def test_half_is_the_default_on_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loading.weight_types("default", "cpu") == (torch.float32,)
    monkeypatch.setattr(loading, "find_device", torch.device)
    halves = torch.float16, torch.bfloat16
    assert (
        loading.weight_types("default", "cuda:1") == halves == loading.weight_types("half", "cpu")
    )


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
    monkeypatch.setattr(loading, "find_device", torch.device)  # which refuses "meta"
    options: dict[str, Any] = {"device_map": None, "revision": None, "gguf_file": None}
    model, *_ = loading.load(tiny_folder, kind="auto", dtype="float32", device="meta", **options)
    assert asked == [{"": torch.device("meta")} if accelerate else None]
    assert accelerate or model.device.type == "meta"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dtype": "float8"}, "dtype 'float8' is none of default, auto, half, float32"),
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


def test_a_model_of_images_and_text_answers_to_text(tiny_folder: Path, tmp_path: Path) -> None:
    sizes = {"hidden_size": 32, "intermediate_size": 24, "num_attention_heads": 4}
    text = sizes | {"num_hidden_layers": 2, "num_key_value_heads": 2, "vocab_size": 128}
    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 1, 1]}
    vision = sizes | {"depth": 2, "num_heads": 4, "out_hidden_size": 32}  # as many blocks
    config = AutoConfig.for_model(
        "qwen2_5_vl",
        text_config=text | {"rope_parameters": rope},
        vision_config=vision,
        **{f"{kind}_token_id": 120 + i for i, kind in enumerate(("image", "video"))},
    )
    torch.manual_seed(0)
    AutoModelForImageTextToText.from_config(config).save_pretrained(tmp_path)
    NeuronModel.from_pretrained(tiny_folder).tokenizer.save_pretrained(tmp_path)
    model = NeuronModel.from_pretrained(tmp_path)
    assert type(model.model).__name__ == "Qwen2_5_VLForConditionalGeneration"
    assert [site.name for site in model.sites] == [
        f"model.language_model.layers.{layer}.mlp.down_proj" for layer in range(2)
    ]
    found = model.answer_gradients(*QUESTION)
    expected = plain_answer_gradients(model, *QUESTION, batch_size=1)
    for one, other in zip(found.gradients, expected.gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-8)


def test_a_fault_of_ours_is_no_line(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading.AutoConfig, "from_pretrained", lambda *_, **__: None)
    with pytest.raises(AttributeError):
        NeuronModel.from_pretrained(tiny_folder)
