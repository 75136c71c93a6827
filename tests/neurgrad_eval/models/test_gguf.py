"""A GGUF file, written here, read as a model."""

from __future__ import annotations

import gguf
import numpy as np
import pytest

from mceval8k.errors import UsageError
from neurgrad_eval.engine.reference import plain_answer_gradients
from neurgrad_eval.neuron_model import NeuronModel

LETTERS = [chr(code) for code in range(33, 127)]
WORDS = ["<s>", "</s>", "Ġ", *LETTERS, "ĠA", "ĠB"]
BLOCK = {
    "attn_norm": (16,),
    "attn_q": (16, 16),
    "attn_k": (8, 16),
    "attn_v": (8, 16),
    "attn_output": (16, 16),
    "ffn_norm": (16,),
    "ffn_gate": (24, 16),
    "ffn_up": (24, 16),
    "ffn_down": (16, 24),
}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A random two-layer Llama with a byte-level tokenizer."""
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(128)
    writer.add_embedding_length(16)
    writer.add_block_count(2)
    writer.add_feed_forward_length(24)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(WORDS))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(WORDS)
    writer.add_token_merges(["Ġ A", "Ġ B"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    draw = np.random.default_rng(0)
    shapes = {f"blk.{n}.{name}": shape for n in range(2) for name, shape in BLOCK.items()}
    shapes |= {"token_embd": (len(WORDS), 16), "output_norm": (16,), "output": (len(WORDS), 16)}
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", draw.normal(0.3, 0.5, shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("named", [True, False])
def test_a_file_by_its_path_or_by_name_in_its_folder(path, named):
    place = {"path_or_id": path.parent, "gguf_file": path.name} if named else {"path_or_id": path}
    model = NeuronModel.from_pretrained(**place)
    assert model.widths == (24, 24)
    texts = ["Which?Answer:", "Why,andwhere?Answer:"]
    for space in ("hidden", "up"):
        found = model.answer_gradients(texts, [" A", " B"], space=space)
        expected = plain_answer_gradients(model, texts, [" A", " B"], space=space)
        for fast, plain in zip(found.gradients, expected.gradients, strict=True):
            assert (fast - plain).norm() < 1e-4 * plain.norm()


def test_the_weights_are_those_of_the_file(path):
    model = NeuronModel.from_pretrained(path)
    tensors = {tensor.name: tensor.data for tensor in gguf.GGUFReader(path).tensors}
    for site in model.sites:
        written = tensors[f"blk.{site.layer}.ffn_down.weight"]
        np.testing.assert_array_equal(site.module.weight.numpy(), written)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_file_that_is_cut_off(path, tmp_path, share):
    whole = path.read_bytes()
    (tmp_path / "cut.gguf").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(UsageError, match=r"cut\.gguf"):
        NeuronModel.from_pretrained(tmp_path / "cut.gguf")
