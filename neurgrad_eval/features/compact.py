"""Codes in few bits, without loss.

Of the codes in use few are common: with four answers, 120 strict orders of the gradients and zero,
and the code of a silent neuron. The 2^b commonest become symbols of b bits, kept as b bit planes;
what is left is listed by position, and b is the number that needs the fewest bytes. That is 7 bits
with four answers, so that a neuron of a prompt takes 7/8 byte.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurgrad_eval.features.codes import Codes

Bytes = npt.NDArray[np.uint8]

_POSITION = 8
"""Bytes of the position of an exception, beside its code."""


@dataclass(frozen=True)
class PackedCodes:
    """Codes [prompt, neuron] as bit planes.

    Attributes
    ----------
    planes : uint8 [bit, prompt, byte]
        Bit b of eight neurons' symbols in each byte.
    palette : Codes [symbol]
        The code of each symbol.
    positions : int64 [exception]
        Places, counted row by row, of codes that are no symbols.
    exceptions : Codes [exception]
        The codes there.
    """

    planes: Bytes
    palette: Codes
    positions: npt.NDArray[np.int64]
    exceptions: Codes


def pack_codes(codes: Codes) -> PackedCodes:
    """Pack codes [prompt, neuron]; `unpack_codes` gives them back as they are."""
    known, which, counts = _distinct(codes)
    common = np.argsort(-counts, kind="stable")
    bits = _cheapest_bits(counts[common], _POSITION + codes.itemsize)
    palette = common[: 1 << bits]
    symbol = np.zeros(len(known), dtype=np.uint32)
    symbol[palette] = np.arange(len(palette))
    rare = np.ones(len(known), dtype=bool)
    rare[palette] = False
    positions = np.flatnonzero(rare[which])
    symbols = symbol[which]
    planes = [np.packbits((symbols >> bit & 1).astype(np.uint8), axis=1) for bit in range(bits)]
    empty = np.zeros((0, len(codes), -(-codes.shape[1] // 8)), dtype=np.uint8)
    return PackedCodes(
        np.stack(planes) if planes else empty,
        known[palette],
        positions.astype(np.int64),
        codes.ravel()[positions],
    )


def unpack_codes(packed: PackedCodes, n_neurons: int) -> Codes:
    """Codes [prompt, neuron] of so many neurons."""
    symbols = np.zeros((packed.planes.shape[1], n_neurons), dtype=np.uint32)
    for bit, plane in enumerate(packed.planes):
        symbols |= np.unpackbits(plane, axis=1, count=n_neurons).astype(np.uint32) << bit
    codes: Codes = packed.palette[symbols]
    codes.flat[packed.positions] = packed.exceptions
    return codes


def _distinct(codes: Codes) -> tuple[Codes, npt.NDArray[np.integer], npt.NDArray[np.int64]]:
    """Codes that occur, rising; which of them is where [prompt, neuron]; and how often."""
    if codes.dtype != np.uint16:
        known, which, counts = np.unique(codes, return_inverse=True, return_counts=True)
        return known, which.reshape(codes.shape), counts
    counts = np.bincount(codes.ravel())
    present = np.flatnonzero(counts)
    number = np.zeros(len(counts), dtype=np.uint16)
    number[present] = np.arange(len(present))
    return present.astype(np.uint16), number[codes], counts[present]


def _cheapest_bits(counts: npt.NDArray[np.int64], exception: int) -> int:
    """Bits per symbol that need the fewest bytes, for codes that occur so often, falling."""
    cells = int(counts.sum())
    most = max(0, len(counts) - 1).bit_length()
    sizes = [
        bits * cells / 8 + exception * (cells - int(counts[: 1 << bits].sum()))
        for bits in range(most + 1)
    ]
    return int(np.argmin(sizes))
