"""Grammatical acceptability: a learner's sentence against its correction (cLang-8)."""

from operator import index

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise

QUESTION = "Which sentence is grammatically correct?"


def to_parts(raw: RawRow) -> Parts:
    """Ask which of two sentences is right; the options say it all, so the question is constant.

    27 released rows lack a sentence (residue of an unparsed TSV): it reads as an empty option.
    """
    first, second = raw["sentence1"] or "", raw["sentence2"] or ""
    return Parts(
        question=QUESTION,
        options=(first, second),
        label=index(raw["acceptable"]),
        group=" | ".join(sorted((normalise(first), normalise(second)))),
    )


TASK = Task(
    name="clang8",
    genre="linguistic",
    summary="Which of two versions of a sentence is grammatical",
    n_options=2,
    sources=(
        Source(
            id="lang8/clang8_source_target_en.spacy_tokenized",
            licence="CC-BY-NC-SA-4.0",
            url="https://github.com/google-research-datasets/clang8",
        ),
    ),
    licence="CC-BY-NC-SA-4.0",
    citation="""@inproceedings{rothe-etal-2021-simple,
  title = {A Simple Recipe for Multilingual Grammatical Error Correction},
  author = {Rothe, Sascha and Mallinson, Jonathan and Malmi, Eric and Krause, Sebastian and Severyn, Aliaksei},
  booktitle = {Proceedings of ACL-IJCNLP 2021 (Volume 2: Short Papers)},
  pages = {702--707},
  year = {2021}
}

@inproceedings{mizumoto-etal-2011-mining,
  title = {Mining Revision Log of Language Learning {SNS} for Automated {J}apanese Error Correction of Second Language Learners},
  author = {Mizumoto, Tomoya and Komachi, Mamoru and Nagata, Masaaki and Matsumoto, Yuji},
  booktitle = {Proceedings of IJCNLP 2011},
  pages = {147--155},
  year = {2011}
}

@inproceedings{tajiri-etal-2012-tense,
  title = {Tense and Aspect Error Correction for {ESL} Learners Using Global Context},
  author = {Tajiri, Toshikazu and Komachi, Mamoru and Matsumoto, Yuji},
  booktitle = {Proceedings of ACL 2012 (Volume 2: Short Papers)},
  pages = {198--202},
  year = {2012}
}""",
    raw_columns={"sentence1": "string", "sentence2": "string", "acceptable": "int64"},
    group="the pair of sentences, in either order",
    released_folder="linguistic/clang8",
    instruction={
        "en": "Compare two versions of a sentence by a learner of English: one contains mistakes, "
        "the other has been corrected.",
    },
    sensitive="sentences written by language learners, some about their own lives",
    unordered=True,
    to_parts=to_parts,
    examples=(
        {
            "sentence1": "My sister have been working in Lisbon since two years .",
            "sentence2": "My sister has been working in Lisbon for two years .",
            "acceptable": 1,
        },
        {
            "sentence1": "I am looking forward to seeing the photos of your trip .",
            "sentence2": "I am looking forward to see the photos of your trip .",
            "acceptable": 0,
        },
    ),
)
