"""The ways to run prompts up to where an answer is predicted, fastest first.

Only the last position's neurons can change what a causal model predicts there, and they change
nothing else. The fast ways therefore run what comes before it once, into a cache. Not every model
can do every one of them; `trial` finds the first that agrees with a plain forward pass.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Strategy:
    """How prompts are run, and how several copies of the position that is read are."""

    name: str
    cached: bool = True
    """Whether all tokens but the last are run once, without gradients, into a cache; of an
    encoder-decoder, whether cross-attention's keys and values are."""
    shares: bool = True
    """Whether what prompts begin with is run once for all of them."""
    pads: bool = True
    """Whether prompts of different lengths are run in one batch."""
    packs: bool = False
    """Whether copies lie side by side on the sequence axis rather than in a batch."""


PACKED = Strategy("cached prefix, padded batches, packed copies", packs=True)
REPEATED = Strategy("cached prefix, padded batches, repeated copies")
EQUAL_LENGTHS = Strategy("cached prefix, batches of equal length, repeated copies", pads=False)
ONE_PIECE = Strategy(
    "cached prompt in one piece, batches of equal length, repeated copies",
    shares=False,
    pads=False,
)
WHOLE = Strategy("whole prompts, batches of equal length", cached=False, shares=False, pads=False)
WHOLE_PADDED = Strategy("whole prompts, padded batches", cached=False, shares=False)

CAUSAL = (PACKED, REPEATED, EQUAL_LENGTHS, ONE_PIECE, WHOLE)
MASKED = (WHOLE_PADDED, WHOLE)

ENCODED = Strategy(
    "encoder and cross-attention's keys once, padded batches, repeated copies", shares=False
)
ENCODED_EQUAL = Strategy(
    "encoder and cross-attention's keys once, batches of equal length, repeated copies",
    shares=False,
    pads=False,
)
ENCODER = Strategy("encoder once, padded batches, repeated copies", cached=False, shares=False)
ENCODER_EQUAL = Strategy(
    "encoder once, batches of equal length, repeated copies",
    cached=False,
    shares=False,
    pads=False,
)
SEQ2SEQ = (ENCODED, ENCODED_EQUAL, ENCODER, ENCODER_EQUAL)
