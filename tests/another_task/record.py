"""Which word is the opposite of another: a task that is not the benchmark's."""

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import text_of


def to_parts(raw: RawRow) -> Parts:
    """Ask for the opposite of a word among six."""
    word = text_of(raw, "word")
    return Parts(
        question=f"Word: {word}",
        options=tuple(raw["options"]),
        label=raw["label"],
        group=normalise(word),
    )


TASK = Task(
    name="opposites",
    genre="nli",
    summary="Opposite of a word",
    n_options=6,
    sources=(Source(id="lab/opposites", licence="CC0-1.0", url="https://example.org/opposites"),),
    licence="CC0-1.0",
    citation="@misc{opposites, title = {Opposites}}",
    raw_columns={"word": "string", "options": "list<string>", "label": "int64"},
    group="the word",
    instruction={"en": "Choose the word that means the opposite."},
    drawn_options=True,
    to_parts=to_parts,
    examples=(
        {
            "word": "cold",
            "options": ["late", "soft", "hot", "round", "near", "loud"],
            "label": 2,
        },
    ),
)
