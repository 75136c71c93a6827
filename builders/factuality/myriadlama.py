"""Missing object of a fact, in many phrasings, from MyriadLAMA.

Source: `iszhaoxin/MyriadLAMA`, split `train`. Licence: none stated.

What is done: upstream has a row per fact and template. Templates written by people (`is_manual`)
give items, those that a language model paraphrased do not: [X] is filled, [Y] is left open, and the
space before the full stop is left out. A fact
is a relation and a subject, with all right objects; one of them, drawn, is the gold of all its
phrasings, which have the same options, so that phrasings can be compared. All phrasings of a fact
are one group, and so are subjects with one name, for which the same objects are right.

Distractors are drawn among the golds of the relation, each in proportion to how many facts it is
the gold of: then an object is as likely a distractor as it is gold, and options alone give little
away. Never drawn are: another right object or one with the name of a right one (aliases count),
also one that is right by facts read backwards, in the same words or upwards (see
`builders.multilingual.mlama`), and an object whose label equals another option's or stands in one
of the fact's questions. A question that holds its gold, by any of its names, is not used, nor a
relation with fewer than four golds, nor are P190 (twinned towns) and P530 (diplomatic relations),
dropped as `open-relation`: most pairs are true, and few are listed.

What differs from the released edition:

- A fact is never in two splits.
- Distractors cannot be right by the data's own facts, and any gold can be drawn as a distractor.

What is left: where a few objects make up most of a relation, one that is offered is the gold a
little more often than a rare one, since an object can be offered only once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.distractors import draw_weighted
from builders.making.grouping import components
from builders.making.hashing import rank
from builders.making.knowledge import (
    OPEN_RELATIONS,
    Knowledge,
    Statement,
    filled,
    mentions,
)
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.errors import DataError
from mceval8k.item import normalise
from mceval8k.tasks.factuality.myriadlama import TASK

LISTS = ("obj_uris", "obj_ents", "obj_aliases")
STATED = ("rel_uri", "sub_uri", "sub_ent", *LISTS)


@dataclass
class _Fact:
    """A relation and subject."""

    name: str
    relation: str
    subjects: set[str] = field(default_factory=set)
    """Subjects of one name."""
    names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Normalised label and aliases of each right object."""
    phrasings: list[UpstreamRow] = field(default_factory=list)
    """Rows to ask."""

    def gold(self, seed: int) -> str:
        return min(self.names, key=lambda uri: rank(seed, "right object", self.name, uri))

    def right(self, knowledge: Knowledge) -> set[str]:
        """Right objects, by the facts of all its subjects."""
        return set(self.names).union(
            *(knowledge.golds(self.relation, subject) for subject in self.subjects)
        )


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:
    """Draft a candidate for each phrasing of each fact."""
    sound: list[UpstreamRow] = []
    paraphrased: dict[str, UpstreamRow] = {}
    for row in rows:
        if fault := _fault(row):
            yield Dropped(fault)
        elif row["rel_uri"] in OPEN_RELATIONS:
            yield Dropped("open-relation")
        elif row["is_manual"]:
            sound.append(row)
        else:
            yield Dropped("paraphrased")
            paraphrased.setdefault(repr([row[name] for name in STATED]), row)
    facts, knowledge = _facts([*sound, *paraphrased.values()])
    golds: dict[str, Counter[str]] = defaultdict(Counter)
    for fact in facts:
        names = fact.names[fact.gold(seed)]
        usable = [row for row in fact.phrasings if not _holds(row, names)]
        yield from [Dropped("gold-in-question")] * (len(fact.phrasings) - len(usable))
        fact.phrasings = usable
        golds[fact.relation][fact.gold(seed)] += bool(usable)
    for fact in (fact for fact in facts if fact.phrasings):
        yield from _candidates(fact, +golds[fact.relation], knowledge, seed)


def _fault(row: UpstreamRow) -> str | None:
    if len({len(row[name]) for name in LISTS}) > 1:
        raise DataError(f"{row.where}: {', '.join(LISTS)} are not of one length")
    texts = [row["rel_uri"], row["sub_uri"], row["sub_ent"], *row["obj_uris"], *row["obj_ents"]]
    if not row["obj_uris"] or not all(text.strip() for text in texts):
        return "blank-field"
    slots = {row["template"].count(slot) for slot in ("[X]", "[Y]")}
    return "broken-template" if row["is_manual"] and slots != {1} else None


def _facts(rows: Sequence[UpstreamRow]) -> tuple[list[_Fact], Knowledge]:
    """Facts with their phrasings, and what the data says of all objects."""
    facts: dict[str, _Fact] = {}
    statements: set[Statement] = set()
    for row, name in zip(rows, components([_keys(row) for row in rows]), strict=True):
        fact = facts.setdefault(name, _Fact(name, row["rel_uri"]))
        fact.subjects.add(row["sub_uri"])
        for uri, label, aliases in zip(*(row[column] for column in LISTS), strict=True):
            fact.names[uri].update(normalise(text) for text in (label, *aliases) if text.strip())
            statements.add(Statement(fact.relation, row["sub_uri"], uri, label.strip(), "en"))
        if row["is_manual"]:
            fact.phrasings.append(row)
    return list(facts.values()), Knowledge(tuple(statements))


def _keys(row: UpstreamRow) -> tuple[str, str]:
    relation = row["rel_uri"]
    return f"{relation} {row['sub_uri']}", f"{relation} named {normalise(row['sub_ent'])}"


def _holds(row: UpstreamRow, names: Iterable[str]) -> bool:
    question = normalise(filled(row["template"], row["sub_ent"]))
    return any(mentions(question, name, words=True) for name in names)


def _candidates(
    fact: _Fact, golds: Mapping[str, int], knowledge: Knowledge, seed: int
) -> Iterator[Candidate | Dropped]:
    texts = [filled(row["template"], row["sub_ent"]) for row in fact.phrasings]
    normalised = [{"en": normalise(text)} for text in texts]
    right = fact.right(knowledge)
    names = set().union(*fact.names.values())

    def fits(uri: str, others: Sequence[str]) -> bool:
        return not (
            uri in right
            or normalise(knowledge.labels["en", uri]) in names
            or any(knowledge.have_one_label(uri, other, ("en",)) for other in (*others, *right))
            or any(knowledge.stands_in(uri, text) for text in normalised)
        )

    gold, count = fact.gold(seed), TASK.n_options - 1
    wrong = draw_weighted(golds, count, beside=gold, fits=fits, seed=seed, key=fact.name)
    if wrong is None:
        reason = "few-objects" if len(golds) < TASK.n_options else "few-distractors"
        yield from [Dropped(reason)] * len(texts)
        return
    options = [knowledge.labels["en", uri] for uri in (gold, *wrong)]
    for row, text in zip(fact.phrasings, texts, strict=True):
        raw = {"text": text, "options": options, "label": 0}
        yield Candidate((Draft(raw, row),), group=fact.name)


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("train",),
            columns={
                **dict.fromkeys(("rel_uri", "sub_uri", "sub_ent", "template"), str),
                "obj_uris": [str],
                "obj_ents": [str],
                "obj_aliases": [[str]],
                "is_manual": bool,
            },
        ),
    ),
    draft=draft,
    shuffles_options=True,
    notes=__doc__,
)
