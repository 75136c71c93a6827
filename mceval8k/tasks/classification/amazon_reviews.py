"""Star rating of a product review (Amazon Reviews 2023)."""

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import (
    STAR_INSTRUCTION,
    STAR_OPTIONS,
    STAR_QUESTION,
    label_of_stars,
    text_of,
)


def to_parts(raw: RawRow) -> Parts:
    """Ask for the stars of a review; the released label is their number, as a float."""
    text = text_of(raw, "text")
    return Parts(
        question=STAR_QUESTION["en"].format(review=text),
        options=STAR_OPTIONS["en"],
        label=label_of_stars(raw["label"]),
        group=normalise(text),
    )


TASK = Task(
    name="amazon-reviews",
    genre="classification",
    summary="Star rating of a product review",
    n_options=5,
    fixed_options={"en": STAR_OPTIONS["en"]},
    sources=(
        Source(
            id="McAuley-Lab/Amazon-Reviews-2023",
            licence="none stated",
            url="https://huggingface.co/datasets/McAuley-Lab/Amazon-Reviews-2023",
        ),
    ),
    licence="none stated",
    licence_note="none stated for the data by the Hub page of McAuley-Lab/Amazon-Reviews-2023 or by "
    "github.com/hyp1231/AmazonReviews2023, whose code is MIT, "
    "checked on 2026-11-26",
    citation="""@article{hou-etal-2024-bridging,
  title = {Bridging Language and Items for Retrieval and Recommendation},
  author = {Hou, Yupeng and Li, Jiacheng and He, Zhankui and Yan, An and Chen, Xiusi and McAuley, Julian},
  journal = {arXiv preprint arXiv:2403.03952},
  year = {2024}
}""",
    raw_columns={"text": "string", "label": "double"},
    group="the text of the review",
    released_folder="classification/amazon-reviews",
    instruction={"en": STAR_INSTRUCTION["en"]},
    words_decide=True,
    sensitive="reviews written by customers, in their own words",
    to_parts=to_parts,
    examples=(
        {
            "text": "The handle came off the second time I used it and the seller never answered. "
            "Straight into the bin.",
            "label": 1.0,
        },
        {
            "text": "Does what it says. The lid is a bit stiff, but it keeps coffee hot until the "
            "afternoon, so I would buy it again.",
            "label": 4.0,
        },
    ),
)
