"""Text as it is compared: what counts as the same question, option or sentence."""

import unicodedata


def normalise(text: str) -> str:
    """Return text in NFKC, case folded, with white space folded."""
    if text.isascii():  # where NFKC changes nothing, and which most text is
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
