"""Part-of-speech tagging in five languages (the Parallel UD treebanks, PUD)."""

from operator import index

from mceval8k.citations import UD_TREEBANKS, UNIVERSAL_DEPENDENCIES, entries
from mceval8k.task import LANGUAGES, Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import UPOS_INSTRUCTION, UPOS_QUESTION, language_of, text_of


def to_parts(raw: RawRow) -> Parts:
    """Ask for the tag of the target token; the raw row has no id that is parallel."""
    text, lang = text_of(raw, "text"), language_of(raw)
    return Parts(
        question=UPOS_QUESTION[lang].format(text=text, word=text_of(raw, "target_token")),
        options=tuple(raw["options"]),
        label=index(raw["label"]),
        group=normalise(text),
        lang=lang,
    )


def _source(lang: str) -> Source:
    return Source(
        id=f"ud/{lang}_pud",
        licence="CC-BY-SA-3.0",
        url=f"https://universaldependencies.org/treebanks/{lang}_pud/index.html",
    )


def _example(lang: str, tokens: str, target: str, options: tuple[str, ...], label: int) -> RawRow:
    """Row of an example sentence, written with a space between tokens."""
    text = tokens.replace(" ", "" if lang == "zh" else " ").replace(" .", ".")
    return {
        "text": text,
        "tokens": tokens.split(),
        "target_token": target,
        "options": list(options),
        "label": label,
        "lang": lang,
    }


TASK = Task(
    name="mpostag",
    genre="multilingual",
    summary="Universal POS tag of a word in a sentence, in five languages",
    languages=LANGUAGES,
    n_options=4,
    sources=tuple(_source(lang) for lang in LANGUAGES),
    licence="CC-BY-SA-3.0",
    citation=entries(
        """@inproceedings{zeman-etal-2017-conll,
  title = {{CoNLL} 2017 Shared Task: Multilingual Parsing from Raw Text to {Universal Dependencies}},
  author = {Zeman, Daniel and Popel, Martin and Straka, Milan and others},
  booktitle = {Proceedings of the CoNLL 2017 Shared Task: Multilingual Parsing from Raw Text to Universal Dependencies},
  pages = {1--19},
  year = {2017}
}""",
        UD_TREEBANKS,
        UNIVERSAL_DEPENDENCIES,
    ),
    raw_columns={
        "text": "string",
        "tokens": "list<string>",
        "target_token": "string",
        "options": "list<string>",
        "label": "int64",
        "lang": "string",
    },
    group="the sentence and its translations, where they are known",
    released_folder="multilingual/mpostag",
    instruction=UPOS_INSTRUCTION,
    sensitive="news and encyclopaedic texts that name real persons",
    drawn_options=True,
    target="target_token",
    not_text=("target_token",),
    to_parts=to_parts,
    examples=(
        _example("en", "The old bridge was rebuilt .", "old", ("NOUN", "ADJ", "VERB", "DET"), 1),
        _example("fr", "Elle habite près de la gare .", "la", ("PRON", "NOUN", "ADV", "DET"), 3),
        _example("de", "Morgen fahren wir nach Köln .", "Köln", ("PROPN", "ADP", "VERB", "ADV"), 0),
        _example("zh", "他 昨天 买 了 三 本 书 。", "三", ("VERB", "PART", "NUM", "NOUN"), 2),
        _example("es", "Mis primos viven en Cádiz .", "en", ("DET", "VERB", "ADP", "PROPN"), 2),
    ),
)
