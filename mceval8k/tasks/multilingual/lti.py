"""Language identification among five languages (LTI LangID Corpus)."""

from mceval8k.task import LANGUAGES, Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import language_of, text_of

OPTIONS = {"en": ("English", "French", "German", "Chinese", "Spanish")}  # in LANGUAGES' order


def to_parts(raw: RawRow) -> Parts:
    """Ask for the language of a text, in English whatever the language is."""
    text, lang = text_of(raw, "text"), language_of(raw)
    return Parts(
        question=f"Text: {text}",
        options=OPTIONS["en"],
        label=LANGUAGES.index(lang),
        group=normalise(text),
        lang=lang,
    )


TASK = Task(
    name="lti",
    genre="multilingual",
    summary="Language of a text",
    languages=LANGUAGES,
    n_options=5,
    fixed_options=OPTIONS,
    sources=(
        Source(
            id="SEACrowd/lti_langid_corpus",
            config="lti_langid_corpus_source",
            licence="none stated",
            url="https://www.cs.cmu.edu/~ralf/langid.html",
        ),
    ),
    licence="none stated",
    licence_note="none stated for the whole by SEACrowd's loader of lti_langid_corpus, "
    "checked on 2026-11-26; each text has its source's terms, a part for noncommercial use alone",
    citation="""@inproceedings{brown-2014-non,
  title = {Non-linear Mapping for Improved Identification of 1300+ Languages},
  author = {Brown, Ralf D.},
  booktitle = {Proceedings of EMNLP 2014},
  pages = {627--632},
  year = {2014}
}""",
    raw_columns={"text": "string", "lang": "string"},
    group="the text",
    released_folder="multilingual/lti",
    instruction={"en": "Decide in which language the text is written."},
    prompt_language="en",
    words_decide=True,
    to_parts=to_parts,
    examples=(
        {"text": "The committee will vote on the proposal tomorrow.", "lang": "en"},
        {"text": "La commission votera demain sur cette proposition.", "lang": "fr"},
        {"text": "Der Ausschuss stimmt morgen über den Vorschlag ab.", "lang": "de"},
        {"text": "委员会明天将对这项提案进行表决。", "lang": "zh"},
        {"text": "La comisión votará mañana sobre la propuesta.", "lang": "es"},
    ),
)
