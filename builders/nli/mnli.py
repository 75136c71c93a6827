"""Natural language inference across genres, from MultiNLI.

Source: `nyu-mll/glue`, config `mnli`, the splits `train` and `validation_matched`; the labels of
the test sets are hidden, so these are not read. Licence: OANC, CC BY 3.0 and CC BY-SA 3.0, by
portion.

What is done: a pair is an item as it stands, but for white space at the ends of its texts; the
three labels are drawn equally often. MultiNLI's authors had up to three hypotheses written for each
premise, one of each label, so all pairs of a premise are one group.

What differs from the released edition:

- Pairs of one premise stay in one split: knowing the labels of two leaves one for the third.
- A pair without a label (-1) is not used, nor is one whose annotator wrote `n/a` as the hypothesis.
- A pair that is there twice with different labels is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.item import normalise
from mceval8k.tasks.nli.mnli import TASK

UNLABELLED = -1


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate for each labelled pair."""
    for row in rows:
        premise, hypothesis, label = row["premise"].strip(), row["hypothesis"].strip(), row["label"]
        if label == UNLABELLED:
            yield Dropped("no-gold")
        elif normalise(hypothesis) == "n/a":
            yield Dropped("no-hypothesis")
        else:
            raw = {"premise": premise, "hypothesis": hypothesis, "label": label}
            yield Candidate((Draft(raw, row),), group=normalise(premise), stratum=str(label))


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("train", "validation_matched"),
            columns={"premise": str, "hypothesis": str, "label": int},
        ),
    ),
    draft=draft,
    strata=("0", "1", "2"),
    notes=__doc__,
)
