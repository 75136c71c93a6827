"""Which strategy reads a model's prompts: tried on the model itself, never looked up by name.

1. A few prompts of made-up tokens, of different lengths and with a shared beginning, are run one at
   a time through the model as it is: no cache, no padding. Each is run twice, once with its neurons
   shifted, and differentiated.
2. Each strategy runs all of them in batches, both copies of each at once.
3. The first strategy whose logits, neurons and gradients are those of step 1 is taken. Where none
   is, the model is refused.

16-bit weights compute in float32 here, where rounding does not hide an error of 1 %; how far their
own arithmetic is from it is measured with the strategy that is taken. Attention with a window, and
recurrent layers that work in chunks, are tried again on longer prompts once such prompts are to be
read.
"""

from __future__ import annotations

import logging
import math
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from mceval8k.errors import UsageError
from neurgrad_eval.engine.agreement import Passes, Values, difference, relative, typical_difference
from neurgrad_eval.engine.strategies import CAUSAL, MASKED, SEQ2SEQ, Strategy
from neurgrad_eval.engine.trial_prompts import trial_prompts
from neurgrad_eval.models.answer_position import LAST_TOKEN, AnswerPosition
from neurgrad_eval.models.context import attention_window, horizons
from neurgrad_eval.models.loading import OutOfRangeError, is_masked_type
from neurgrad_eval.models.passes import transformer
from neurgrad_eval.models.precision import SHORT
from neurgrad_eval.models.sites import Site

_log = logging.getLogger(__name__)
TOLERANCE = 1e-3
"""Relative difference, in the Euclidean norm, that rounding in float32 explains: kernels go by the
number of rows and of threads, and 1.6e-4 was seen of a gradient (SmolLM2-135M, two threads)."""
_EXACT = 1e-4
"""The same for models in float64, parts of which compute in float32."""
_ROUNDED = 0.05
"""The same where kernels compute in less, such as those of quantised weights: there, nothing but
the last strategy is tried, which differs by rounding alone."""
_LEAST = 16  # tokens: a smaller window has no half that prompts can be tried on
_DIFFERENTIATED = 256  # tokens: gradients of longer prompts would need the memory of training


@dataclass(frozen=True)
class Choice:
    """How prompts are read, and how far that is from a plain forward pass."""

    strategy: Strategy
    error: float
    """Largest relative difference of logits, neurons or gradients, in the Euclidean norm."""
    widens: bool = True
    """Whether 16-bit weights can compute in float32."""
    rounding: float = 0.0
    """Median relative difference that 16 bits make before the position that is read; infinite
    where their numbers are not finite, or kernels do not know the type."""


@dataclass(frozen=True)
class StrategyFinder:
    """Finds how a model's prompts are read, and remembers it."""

    model: Any
    sites: Sequence[Site]
    answer_at: AnswerPosition
    _known: dict[int, Choice] = field(default_factory=dict)

    def find(self, longest: int) -> Choice:
        """Choose for prompts of up to `longest` tokens.

        Raises
        ------
        UsageError
            Its neurons do not matter, its blocks run several times in a
            pass, it is bidirectional and read as causal, or no strategy agrees.
        """
        limits, both_ways = horizons(self.model), self.answer_at != LAST_TOKEN
        if both_ways:  # a window may reach to either side by half its size
            limits = sorted({*limits, *(limit // 2 for limit in limits if limit > _LEAST)})
        level = max((limit for limit in limits if limit < longest), default=0)
        if level not in self._known:
            mask_id = self.answer_at.mask_id
            prompts = trial_prompts(self.model, limits, level, mask_id, both_ways=both_ways)
            self._known[level] = self._choose(prompts, self._strategies(level))
        return self._known[level]

    def _strategies(self, level: int) -> Sequence[Strategy]:
        """What may be right: a mask of our own would take the place of a window's."""
        if self.answer_at.decoder_start:
            return SEQ2SEQ
        if self.answer_at.mask_id is not None:
            return MASKED
        window = attention_window(self.model)
        return CAUSAL if window is None or level < window else CAUSAL[1:]

    def _choose(self, prompts: Sequence[Sequence[int]], strategies: Sequence[Strategy]) -> Choice:
        passes, plain = self._plain(prompts)
        _check_matters(self.sites, plain)
        self._check_causal(passes)
        said = ""
        for strategy in strategies if passes.float32 else strategies[-1:]:
            try:
                error = _error(passes, strategy, plain)
            except (UsageError, torch.cuda.OutOfMemoryError):
                raise
            except Exception as failure:  # whatever a model says to masks and caches
                _log.info("%s", strategy.name, exc_info=True)
                said = f"{strategy.name}: {_reason(failure)}"
                continue
            if error <= self._tolerance(passes):
                rounding = self._rounding(passes, strategy, plain)
                return Choice(strategy, error, passes.float32, rounding)
            said = f"{strategy.name}: relative difference {error:.1g}"
        raise UsageError(f"{_name(self.model)} is read by no strategy as plainly; {said}")

    def _rounding(self, passes: Passes, strategy: Strategy, plain: Values) -> float:
        if not passes.float32 or self.model.dtype not in SHORT:
            return 0.0
        try:
            return typical_difference(replace(passes, rounded=True).by(strategy, plain), plain)
        except torch.cuda.OutOfMemoryError:
            raise
        except Exception:  # kernels that do not know the type
            _log.info("16 bits", exc_info=True)
            return math.inf

    def _tolerance(self, passes: Passes) -> float:
        if not passes.float32:
            return _ROUNDED
        return _EXACT if self.model.dtype == torch.float64 else TOLERANCE

    def _plain(self, prompts: Sequence[Sequence[int]]) -> tuple[Passes, Values]:
        """Run prompts plainly, in float32 where the model's kernels can."""
        quantised = getattr(self.model, "hf_quantizer", None) is not None
        differentiated = max(map(len, prompts)) <= _DIFFERENTIATED
        passes = Passes(
            self.model, self.sites, prompts, self.answer_at, not quantised, differentiated
        )
        try:
            return passes, passes.plain()
        except (UsageError, torch.cuda.OutOfMemoryError):
            raise
        except Exception as error:  # kernels of attention, say, that know nothing but 16 bits
            _log.info("no plain passes in float32", exc_info=True)
            if quantised:
                raise self._fails(error) from error
        passes = replace(passes, float32=False)
        try:
            return passes, passes.plain()
        except (UsageError, torch.cuda.OutOfMemoryError):
            raise
        except Exception as error:
            raise self._fails(error) from error

    def _fails(self, error: Exception) -> OutOfRangeError:
        """What to say where the model itself fails: text alone, no cache, no padding.

        It may be that its kernels do not know the type of its weights.
        """
        return OutOfRangeError(
            f"{_name(self.model)} fails on a plain forward and backward pass of text alone, so its "
            f"neurons cannot be read ({_reason(error)})"
        )

    def _check_causal(self, passes: Passes) -> None:
        """Raise UsageError if a model for masked tokens is read as causal but is not."""
        masked_type = is_masked_type(self.model.config.model_type)
        if self.answer_at != LAST_TOKEN or not masked_type:
            return
        prompt = passes.prompts[0]
        logits = passes.plain_logits(prompt), passes.plain_logits(prompt[:-2])
        if relative(logits[0][None, -3:-2], logits[1][None, -1:]) > TOLERANCE:
            raise UsageError(
                f"{_name(self.model)} is not causal: a later token changes what an earlier one "
                "predicts; load it with kind='masked'"
            )


def _error(passes: Passes, strategy: Strategy, plain: Values) -> float:
    """Largest difference of a strategy, with and without a shared prefix, and of what it leaves."""
    ways = [strategy, replace(strategy, shares=False)] if strategy.shares else [strategy]
    errors = [difference(passes.by(way, plain), plain) for way in ways]
    return max(*errors, passes.changed(plain))  # as by a state in the model's modules


def _check_matters(sites: Sequence[Site], plain: Values) -> None:
    for site in sites:
        gradient = plain.get(f"gradient {site.name}")
        found = [values for name, values in plain.items() if name.endswith(f" {site.name}")]
        if not all(values.isfinite().all() for values in found):
            raise OutOfRangeError(f"{site.name} gives numbers that are not finite")
        if site.experts is not None and not plain[f"hidden {site.name}"].any():
            continue  # the router sent none of the tokens to an expert that has neurons
        if gradient is not None and not gradient.any():
            raise UsageError(
                f"shifting {site.name} where the answer is predicted changes no logit: the model "
                "predicts from something else than that token's hidden states"
            )


def _name(model: Any) -> str:
    return type(transformer(model)).__name__


def _reason(error: Exception) -> str:
    """What was raised, in one line; where it is torch's word on shapes, the place of it instead."""
    if type(error) in (RuntimeError, IndexError):
        frames = traceback.extract_tb(error.__traceback__)
        frame = next((f for f in reversed(frames) if "transformers" in f.filename), frames[-1])
        return f"{type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}"
    said = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
