"""Missing object of a fact in five languages, from mLAMA.

Source: `cis-lmu/m_lama`, config `all`. Licence: CC BY-NC-SA 4.0.

What is done: a fact (a uuid) is used if all five languages have it, with the same subject and
object. It gives five parallel items: the template with [X] filled, [Y] left open, and the same four
options in the same order. Facts with the same subject and relation are one group. A label in a
language is the one that upstream uses most often there. Chinese is written in simplified characters
(OpenCC's `t2s`), and the space before an English full stop is left out.

Distractors are drawn among the objects of the fact's relation, each in proportion to how many facts
it is the object of: then an object is as likely a distractor as it is gold, and options alone give
little away. Never drawn are: another right object, by id or label (see below), an object whose
label equals another option's in any language, one whose label stands in the question. A relation
with fewer than four objects is not used, nor a fact whose gold stands in its question.

Facts are read in both directions, so that right objects are known: borders (P47) are symmetric,
"capital of" (P1376) is the inverse of "capital" (P36), "part of" (P361) of "consists of" (P527).
P17, P30, P131 and P276 all ask what something "is located in", and places, parts and subclasses
(P279) are followed upwards: what is located in Lyon is located in France.

Dropped are, beside faults of single rows:

- `open-relation`: P190 (twinned towns) and P530 (diplomatic relations), of which most pairs are
  true and few are listed, so that nearly any distractor is right;
- `mistranslated`: facts whose template, translated by machine, says something else in a language:
  P36 and P1376 ask for an upper-case letter in Chinese, P108 (works for) for what someone is suited
  to, P1303 and P136 (plays) in French for what someone reads.

What differs from the released edition:

- Items are parallel in all five languages, and a fact is never in two splits.
- Distractors cannot be right by the data's own facts, and any gold can be drawn as a distractor.
- Chinese is in one script; as released, in 35 items the gold alone is in traditional characters.

What is left: where a few objects make up most of a relation, one that is offered is the gold more
often than a rare one, since an object can be offered only once: a classifier of options alone is
right in 32 % of the items of a full edition (chance is 25 %).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from opencc import OpenCC

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.distractors import draw_weighted
from builders.making.knowledge import OPEN_RELATIONS, Knowledge, Statement, filled
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.item import normalise
from mceval8k.task import LANGUAGES
from mceval8k.tasks.multilingual.mlama import TASK

MISTRANSLATED = frozenset(
    {
        "[X]的大写字母为[Y]。",  # P36, the capital of: the capital letter of
        "[X]是[Y]的大写。",  # P1376
        "[X]适用于[Y]。",  # P108, works for: is suited to
        "[X] lit [Y].",  # P1303, plays: reads
        "[X] lit la musique [Y].",  # P136
    }
)
"""Templates that say something else than their relation."""

Fact = Mapping[str, UpstreamRow]
"""The rows of a fact by language."""


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:
    """Draft a candidate, five parallel items, for each usable fact."""
    statements: list[Statement] = []
    versions: dict[tuple[str, str], dict[str, list[UpstreamRow]]] = {}
    for row in map(_in_one_script, rows):
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


def _in_one_script(row: UpstreamRow) -> UpstreamRow:
    """Row with its Chinese in simplified characters."""
    if row["language"] != "zh":
        return row
    texts = ("obj_label", "sub_label", "template")
    simplified = {name: _converter().convert(row[name]) for name in texts}
    return replace(row, values={**row.values, **simplified})


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


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
    relation = fact["en"]["predicate_id"]
    if relation in OPEN_RELATIONS:
        return "open-relation"
    if any(row["template"] in MISTRANSLATED for row in fact.values()):
        return "mistranslated"
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
    texts = {lang: filled(row["template"], row["sub_label"]) for lang, row in fact.items()}
    normalised = {lang: normalise(text) for lang, text in texts.items()}
    if knowledge.stands_in(gold, normalised):
        return Dropped("gold-in-question")

    right = knowledge.golds(relation, subject)

    def fits(uri: str, others: Sequence[str]) -> bool:
        return not (
            uri in right
            or any(knowledge.have_one_label(uri, other, LANGUAGES) for other in (*others, *right))
            or knowledge.stands_in(uri, normalised)
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
