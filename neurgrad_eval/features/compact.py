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

from neurgrad_eval.features.codes import N_CODES, Codes

Bytes = npt.NDArray[np.uint8]

_EXCEPTION = 10
"""Bytes of a position and a code."""


@dataclass(frozen=True)
class PackedCodes:
    """Codes [prompt, neuron] as bit planes.

    Attributes
    ----------
    planes : uint8 [bit, prompt, byte]
        Bit b of eight neurons' symbols in each byte.
    palette : uint16 [symbol]
        The code of each symbol.
    positions : int64 [exception]
        Places, counted row by row, of codes that are no symbols.
    exceptions : uint16 [exception]
        The codes there.
    """

    planes: Bytes
    palette: Codes
    positions: npt.NDArray[np.int64]
    exceptions: Codes


def pack_codes(codes: Codes) -> PackedCodes:
    """Pack codes [prompt, neuron]; `unpack_codes` gives them back as they are."""
    counts = np.bincount(codes.ravel(), minlength=N_CODES)
    common = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    bits = _cheapest_bits(counts[common])
    palette = common[: 1 << bits].astype(np.uint16)
    symbol = np.zeros(N_CODES, dtype=np.uint16)
    symbol[palette] = np.arange(len(palette))
    rare = np.ones(N_CODES, dtype=bool)
    rare[palette] = False
    positions = np.flatnonzero(rare[codes])
    symbols = symbol[codes]
    planes = [np.packbits((symbols >> bit & 1).astype(np.uint8), axis=1) for bit in range(bits)]
    empty = np.zeros((0, len(codes), -(-codes.shape[1] // 8)), dtype=np.uint8)
    return PackedCodes(
        np.stack(planes) if planes else empty,
        palette,
        positions.astype(np.int64),
        codes.ravel()[positions].astype(np.uint16),
    )


def unpack_codes(packed: PackedCodes, n_neurons: int) -> Codes:
    """Codes [prompt, neuron] of so many neurons."""
    symbols = np.zeros((packed.planes.shape[1], n_neurons), dtype=np.uint16)
    for bit, plane in enumerate(packed.planes):
        symbols |= np.unpackbits(plane, axis=1, count=n_neurons).astype(np.uint16) << bit
    codes: Codes = packed.palette[symbols]
    codes.flat[packed.positions] = packed.exceptions
    return codes


def _cheapest_bits(counts: npt.NDArray[np.int64]) -> int:
    """Bits per symbol that need the fewest bytes, for codes that occur so often, falling."""
    cells = int(counts.sum())
    most = max(0, len(counts) - 1).bit_length()
    sizes = [
        bits * cells / 8 + _EXCEPTION * (cells - int(counts[: 1 << bits].sum()))
        for bits in range(most + 1)
    ]
    return int(np.argmin(sizes))
