"""Year in which a statement was true, from TempLAMA.

Source: `Yova/templama`, the splits `train`, `validation` and `test`, which share the queries out.
Licence: none stated.

What is done: upstream has a row per query and year, with the answers of that year. A query with one
of its answers filled in is a statement; it is true in the years in which the answer is given, by
its id or by one of its names, and false in upstream's other years. The options are one year in
which it is true and three in which it is false. Statements on one subject and relation are one
group, and so are those with the same words.

Which years stand beside each other is chosen so that years alone give nothing away. Statements are
put together in fours, each true in one of four years and false in the other three; these four years
are the options of all of them. So of every set of four years, each is the gold equally often, and
no rule that reads the options only (earliest, latest, farthest from the mean, most frequent) can be
right more often than by chance. Sets of years take turns, and statements that fit few sets go
first, so that few statements are left over. Drawing is balanced by the place of the gold among its
four years.

What differs from the released edition:

- Years give nothing away. In the released edition the latest of the four is right for 41 % of the
  rows, the one farthest from their mean for 54 %, and the years 2007 to 2009 for none.
- Only years that upstream covers (2010 to 2020) are options; of others it does not know the truth.
- A year in which the statement is also true is never an option.
- Statements on one subject and relation stay in one split.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.grouping import components
from builders.making.hashing import rank
from builders.making.matching import match_years
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.errors import DataError
from mceval8k.item import normalise
from mceval8k.tasks.factuality.templama import TASK

SLOT = "_X_"

_YEAR = re.compile(r"[0-9]{4}")


@dataclass
class Statement:
    """A query with one of its answers filled in."""

    text: str
    years: dict[str, UpstreamRow] = field(default_factory=dict)
    """Years in which it is true, each with a row that says so."""
    topics: set[str] = field(default_factory=set)
    """Subjects and relations it is on; more than one where subjects share a name."""

    def draft(self, years: Sequence[str], place: int) -> Draft:
        """Ask in which of some years it is true, given the place of the gold among them."""
        gold = years[place]
        options = [gold, *(year for year in years if year != gold)]
        return Draft({"text": self.text, "options": options, "label": 0}, self.years[gold])


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:
    """Draft a candidate for each statement that is put together with three others."""
    topics: dict[str, list[UpstreamRow]] = defaultdict(list)
    for row in rows:
        topic = _topic(row)
        if row["query"].count(SLOT) == 1:
            topics[topic].append(row)
        else:
            yield Dropped("broken-query")
    statements = sorted(
        _statements(topics), key=lambda one: rank(seed, "statement", normalise(one.text))
    )
    covered = sorted({row["date"] for rows in topics.values() for row in rows})
    groups = components([sorted(one.topics) for one in statements])
    matched = 0
    true = [frozenset(one.years) for one in statements]
    for years, indices in match_years(true, covered, TASK.n_options):
        for place, index in enumerate(indices):
            source = statements[index].draft(years, place)
            yield Candidate((source,), group=groups[index], stratum=str(place))
        matched += len(indices)
    yield from [Dropped("no-match-in-years")] * (len(statements) - matched)


def _topic(row: UpstreamRow) -> str:
    """Subject and relation; the id must be made of them and the year."""
    topic, _, year = row["id"].rpartition("_")
    if not topic or year != row["date"] or not _YEAR.fullmatch(year):
        raise DataError(f"{row.where}: id {row['id']!r} does not end in the year {row['date']!r}")
    return str(topic)


def _statements(topics: Mapping[str, Sequence[UpstreamRow]]) -> list[Statement]:
    """All statements, one for each text."""
    labels = _labels(row for rows in topics.values() for row in rows)
    found: dict[str, Statement] = {}
    for topic, rows in topics.items():
        objects = {answer["wikidata_id"] for row in rows for answer in row["answer"]}
        for label in sorted({labels[uri] for uri in objects}):
            name = normalise(label)
            for row in rows:
                if name in _names(row, labels):
                    text = row["query"].replace(SLOT, label).strip()
                    statement = found.setdefault(normalise(text), Statement(text))
                    statement.years.setdefault(row["date"], row)
                    statement.topics.add(topic)
    return list(found.values())


def _labels(rows: Iterable[UpstreamRow]) -> Mapping[str, str]:
    """By object: the name that most often comes first, the first of equals; all may be blank."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for answer in row["answer"]:
            first = next((name.strip() for name in answer["name"] if name.strip()), "")
            counts[answer["wikidata_id"]][first] += 1
    return {uri: min(names, key=lambda name: (-names[name], name)) for uri, names in counts.items()}


def _names(row: UpstreamRow, labels: Mapping[str, str]) -> set[str]:
    """Normalised names of a row's answers."""
    return {
        normalise(name)
        for answer in row["answer"]
        for name in (labels[answer["wikidata_id"]], *answer["name"])
        if name.strip()
    }


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("train", "validation", "test"),
            columns={
                "query": str,
                "answer": [{"wikidata_id": str, "name": [str]}],
                "date": str,
                "id": str,
            },
        ),
    ),
    draft=draft,
    shuffles_options=True,
    strata=("0", "1", "2", "3"),
    notes=__doc__,
)
