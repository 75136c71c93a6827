"""Missing object of a fact in five languages, from mLAMA.

Source: `cis-lmu/m_lama`, config `all`. Licence: CC BY-NC-SA 4.0.

What is done: a fact (a uuid) is used if all five languages have it, with the same subject and
object. It gives five parallel items: the template with [X] filled, [Y] left open, and the same four
options in the same order. Facts with the same subject and relation are one group. A label in a
language is the one that upstream uses most often there.

Distractors are drawn among the objects of the fact's relation, each in proportion to how many facts
it is the object of: then an object is as likely a distractor as it is gold, and options alone give
nothing away. Never drawn are: another right object of the same subject and relation, an object
whose label equals another option's in any language, one whose label stands in the question. A
relation with fewer than four objects is not used, nor a fact whose gold stands in its question.

What differs from the released edition:

- Items are parallel in all five languages, and a fact is never in two splits.
- Distractors cannot be right by the data's own facts, and any gold can be drawn as a distractor.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.distractors import draw_weighted
from builders.making.knowledge import Knowledge, Statement
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.item import normalise
from mceval8k.task import LANGUAGES
from mceval8k.tasks.multilingual.mlama import TASK

Fact = Mapping[str, UpstreamRow]
"""The rows of a fact by language."""


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:
    """Draft a candidate, five parallel items, for each usable fact."""
    statements: list[Statement] = []
    versions: dict[tuple[str, str], dict[str, list[UpstreamRow]]] = {}
    for row in rows:
        if row["language"] in LANGUAGES:
            statements.append(_statement(row))
            fact = versions.setdefault((row["predicate_id"], row["uuid"]), defaultdict(list))
            fact[row["language"]].append(row)
        else:
            yield Dropped("other-language")
    usable: list[Fact] = []
    objects: dict[str, Counter[str]] = defaultdict(Counter)
    for by_lang in versions.values():
        fact_rows: Fact = {lang: min(found, key=_content) for lang, found in by_lang.items()}
        if fault := _fault(fact_rows):
            yield Dropped(fault)
        else:
            usable.append(fact_rows)
            objects[fact_rows["en"]["predicate_id"]][fact_rows["en"]["obj_uri"]] += 1
    knowledge = Knowledge(tuple(statements))
    for usable_fact in usable:
        relation = objects[usable_fact["en"]["predicate_id"]]
        yield _candidate(usable_fact, relation, knowledge, seed)


def _statement(row: UpstreamRow) -> Statement:
    label = row["obj_label"].strip()
    return Statement(row["predicate_id"], row["sub_uri"], row["obj_uri"], label, row["language"])


def _content(row: UpstreamRow) -> str:
    return json.dumps(row.values, sort_keys=True)


def _fault(fact: Fact) -> str | None:
    if len(fact) < len(LANGUAGES):
        return "missing-language"
    named = ("uuid", "sub_uri", "obj_uri", "sub_label", "obj_label")
    if not all(row[column].strip() for row in fact.values() for column in named):
        return "blank-field"
    if len({(row["sub_uri"], row["obj_uri"]) for row in fact.values()}) > 1:
        return "inconsistent-fact"
    slots = [row["template"].count(slot) for row in fact.values() for slot in ("[X]", "[Y]")]
    return None if all(count == 1 for count in slots) else "broken-template"


def _candidate(
    fact: Fact, objects: Counter[str], knowledge: Knowledge, seed: int
) -> Candidate | Dropped:
    if len(objects) < TASK.n_options:
        return Dropped("few-objects")
    uuid, relation, subject, gold = (
        fact["en"][column] for column in ("uuid", "predicate_id", "sub_uri", "obj_uri")
    )
    texts = {lang: _filled(fact[lang]) for lang in LANGUAGES}
    asked = {lang: normalise(text) for lang, text in texts.items()}
    if knowledge.stands_in(gold, asked):
        return Dropped("gold-in-question")

    def fits(uri: str, others: Sequence[str]) -> bool:
        return not (
            uri in knowledge.golds[relation, subject]
            or any(knowledge.have_one_label(uri, other, LANGUAGES) for other in others)
            or knowledge.stands_in(uri, asked)
        )

    key = f"{relation} {uuid}"
    wrong = draw_weighted(objects, TASK.n_options - 1, beside=gold, fits=fits, seed=seed, key=key)
    if wrong is None:
        return Dropped("few-distractors")
    drafts = []
    for lang, text in texts.items():
        options = [knowledge.labels[lang, uri] for uri in (gold, *wrong)]
        raw = {"uuid": uuid, "text": text, "options": options, "label": 0, "lang": lang}
        drafts.append(Draft(raw, fact[lang]))
    return Candidate(tuple(drafts), group=f"{relation} {subject}")


def _filled(row: UpstreamRow) -> str:
    return str(row["template"]).replace("[X]", row["sub_label"].strip()).strip()


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("test",),
            columns=dict.fromkeys(
                (
                    "uuid",
                    "obj_uri",
                    "obj_label",
                    "sub_uri",
                    "sub_label",
                    "template",
                    "language",
                    "predicate_id",
                ),
                str,
            ),
        ),
    ),
    draft=draft,
    shuffles_options=True,
    notes=__doc__,
)
