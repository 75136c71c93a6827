"""From questions to a task and to candidates that can be split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from builders.builder import Candidate, Draft
from builders.making.grouping import components
from builders.making.hashing import rank
from builders.own.questions import Question, is_one_question
from builders.own.quiz import Quiz
from builders.own.reading import Table
from builders.reading.upstream import UpstreamRow
from mceval8k.editions.own import own_task
from mceval8k.errors import DataError
from mceval8k.task import LANGUAGES, Source, Task


def task_of(quiz: Quiz, table: Table, questions: Sequence[Question]) -> Task:
    """Record of the task that the questions are.

    Raises
    ------
    DataError
        There is no instruction in one of their languages.
    """
    counts = {len(each.options) for each in questions}
    spoken = {each.lang for each in questions}
    languages = tuple(lang for lang in LANGUAGES if lang in spoken)
    if missing := [lang for lang in languages if lang not in quiz.instruction]:
        raise DataError(f"{quiz.where}: instruction: there is none in {missing[0]!r}")
    return own_task(
        name=quiz.name,
        summary=quiz.summary or quiz.instruction[languages[0]].rstrip("."),
        languages=languages,
        instruction={lang: quiz.instruction[lang] for lang in languages},
        options=range(min(counts), max(counts) + 1),
        source=Source(table.id, licence=quiz.licence, config=table.config, url=table.url),
        fixed_options=_fixed(questions, languages),
        one_question=is_one_question(questions),
        templated=quiz.templated,
        group=f"its {quiz.group}" if quiz.group else "its question",
        citation=quiz.citation,
    )


def _fixed(
    questions: Sequence[Question], languages: Sequence[str]
) -> Mapping[str, tuple[str, ...]] | None:
    """Options of each language, where they and their order are the same for every item."""
    found = {lang: {each.options for each in questions if each.lang == lang} for lang in languages}
    if any(len(each) > 1 for each in found.values()):
        return None
    fixed = {lang: next(iter(each)) for lang, each in found.items()}
    return fixed if len(set(map(len, fixed.values()))) == 1 else None


def candidates_of(
    task: Task, table: Table, questions: Sequence[Question], *, shuffles: bool
) -> list[Candidate]:
    """Candidates, in the order of the questions, with one group for what must not be split.

    Parameters
    ----------
    shuffles
        Whether options will be put in order, so that the right one is drafted as the first.
    task, table, questions
        What they are candidates of, where they come from, and what they ask.
    """
    if is_one_question(questions):
        keys = [each.keys[:-1] or (f"row: {each.number}",) for each in questions]
    else:
        keys = [each.keys for each in questions]
    return [
        _candidate(task, table, each, group, shuffles=shuffles)
        for each, group in zip(questions, components(keys), strict=True)
    ]


def _candidate(
    task: Task, table: Table, question: Question, group: str, *, shuffles: bool
) -> Candidate:
    options, label = list(question.options), question.label
    if shuffles:
        options, label = [options[label], *options[:label], *options[label + 1 :]], 0
    raw = {
        "question": question.question,
        "options": options,
        "label": label,
        "group": group,
        "lang": question.lang,
    }
    row = UpstreamRow(raw, table.id, f"row {question.number}", question.place)
    kind = len(options) if task.fixed_options is None else label
    return Candidate(
        (Draft(raw, row),),
        group=group,
        stratum=f"{question.lang} {kind}",
        key=rank(0, *question.content[:2], *question.content[2], question.gold).hex(),
    )
