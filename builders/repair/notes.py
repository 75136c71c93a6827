"""What cannot be repaired from the released rows, said with the edition."""

from __future__ import annotations

from collections.abc import Mapping

from builders.audit.rows import TaskRows

ABOUT = """Repaired from the released edition (`iszhaoxin/MCEval8K`): the distinct rows of its
splits, less faulty ones, in groups that are never split, drawn anew."""


def notes(rows: TaskRows) -> tuple[str, ...]:
    """Limits of a task's repair, in sentences."""
    missing = [name for name, count in rows.counts.items() if not count]
    found = [
        f"This copy of the released edition has no {name} split; the others were pooled."
        for name in missing
    ]
    return (*found, *_LIMITS.get(rows.task.name, ()))


_LIMITS: Mapping[str, tuple[str, ...]] = {
    "fever": (
        "Claims that upstream marks NOT ENOUGH INFO, or has not got, were left out; labels are "
        "upstream's.",
    ),
    "stereoset": (
        "The gold is always the sentence that is unrelated to the context. Such sentences are "
        "short and of few kinds, so that a classifier of options alone finds most of them: this is "
        "how upstream asked for them.",
    ),
    "templama": (
        "Wrong years lie around the right ones of another statement, and golds at the ends of the "
        "period: years are drawn so that the most distant one is right as often as any, but golds "
        "stay more often the largest or smallest than the middle ones.",
    ),
    "lti": ("Texts of the five languages differ in length, Chinese ones most.",),
    "mpostag": (
        "Released rows do not say which sentences are translations of each other: parallel "
        "sentences can be in two splits, in different languages.",
        "Tags are as frequent as in the treebanks; punctuation is only ever a wrong option.",
    ),
    "postag": (
        "Tags are as frequent as in the treebank; punctuation is only ever a wrong option.",
    ),
    "chunking": ("Types of chunks are as frequent as in the newswire.",),
    "myriadlama": (
        "Released rows do not name their fact: two phrasings of one fact can be in two splits.",
    ),
    "clang8": ("Sentences of one learner's text cannot be recognised, and can be in two splits.",),
    "amazon-review-multi": ("Reviews of one product or customer cannot be recognised.",),
    "amazon-reviews": ("Reviews of one product or customer cannot be recognised.",),
}
