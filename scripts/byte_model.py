"""Write a tiny random Llama that reads bytes, for comparisons that any machine can repeat.

    python -m scripts.byte_model FOLDER

Its tokens are the 256 bytes and the answer symbols ` A` to ` E`, so it reads any language.
"""

from __future__ import annotations

from pathlib import Path

import torch
import typer
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

END, SYMBOLS, SPACE = "<eos>", "ABCDE", "Ġ"
"""End of text; answer symbols; how byte-level tokenizers write a space."""


def main(folder: Path) -> None:
    """Save model and tokenizer."""
    tokenizer = byte_tokenizer()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=4096,
        initializer_range=0.4,  # so large that options differ by more than rounding
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """Tokenizer of bytes and answer symbols."""
    texts = [END, *sorted(pre_tokenizers.ByteLevel.alphabet()), *(SPACE + s for s in SYMBOLS)]
    vocabulary = {text: number for number, text in enumerate(texts)}
    merges = [(SPACE, symbol) for symbol in SYMBOLS]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, pad_token=END)


if __name__ == "__main__":
    typer.run(main)
