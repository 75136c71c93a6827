"""Intervals, bootstrap, nulls and multiplicity: the statistics of the whole project.

| module | holds |
|---|---|
| `estimate` | a value with its interval |
| `proportions` | Wilson's interval |
| `bootstrap` | groups drawn with replacement, and intervals of whatever is computed from them |
| `differences` | paired and independent ones, and the test of paired ones |
| `standard_error` | of means over groups |
| `chance` | agreement and overlap beyond what chance has |
| `nulls` | what would be seen if nothing were there |
| `multiplicity` | p values of several tests |
| `portable` | draws that a web page repeats |
| `power` | how many items tell two models apart |

Items of one group are never taken as independent, but for Wilson's interval.

Wilson's interval and Holm's method are a few lines each; tests compare them with statsmodels, which
would load pandas and formulaic into every command, and takes 0.3 ms for each of the 111 intervals
that a leaderboard computes per model.
"""

from mceval8k.statistics.bootstrap import (
    MIN_GROUPS,
    RESAMPLES,
    Resamples,
    bootstrap,
    bootstrap_draws,
    bootstrap_mean,
    bootstrap_rows,
    bootstrap_share,
    bounded_share,
    mean_of,
    percentile_interval,
    resample,
    share_over,
    with_count,
)
from mceval8k.statistics.chance import AboveChance, Overlap, above_chance, overlap
from mceval8k.statistics.differences import (
    independent_difference,
    paired_difference,
    paired_test,
)
from mceval8k.statistics.estimate import LEVEL, Estimate
from mceval8k.statistics.multiplicity import benjamini_hochberg, holm
from mceval8k.statistics.nulls import Null, null_of
from mceval8k.statistics.portable import portable_resample, seed_of
from mceval8k.statistics.power import items_needed, least_difference
from mceval8k.statistics.proportions import share_of, wilson
from mceval8k.statistics.standard_error import smallest_within_one_error, standard_errors

__all__ = [
    "LEVEL",
    "MIN_GROUPS",
    "RESAMPLES",
    "AboveChance",
    "Estimate",
    "Null",
    "Overlap",
    "Resamples",
    "above_chance",
    "benjamini_hochberg",
    "bootstrap",
    "bootstrap_draws",
    "bootstrap_mean",
    "bootstrap_rows",
    "bootstrap_share",
    "bounded_share",
    "holm",
    "independent_difference",
    "items_needed",
    "least_difference",
    "mean_of",
    "null_of",
    "overlap",
    "paired_difference",
    "paired_test",
    "percentile_interval",
    "portable_resample",
    "resample",
    "seed_of",
    "share_of",
    "share_over",
    "smallest_within_one_error",
    "standard_errors",
    "wilson",
    "with_count",
]
