"""Reviews that name their rating: they can be copied, not judged.

Two patterns, kept broad: of reviews there are plenty, and one that speaks of stars in a film, or of
another film's mark, is no loss.
"""

from __future__ import annotations

import re

_EN = "no|zero|half|one|two|three|four|five|six|seven|eight|nine|ten"
_DE = "keine[nr]?|null|ein(?:en?)?|zwei|drei|vier|fünf"
_FR = "aucune|zéro|une|deux|trois|quatre|cinq"
_ES = "ninguna|cero|una|dos|tres|cuatro|cinco"
_WORD = "zero|one|two|three|four|five|six|seven|eight|nine|ten"
_DIGIT = r"(?:10|[0-9])(?:[.,]\d)?(?![\d\w])"
_NUMBER = rf"(?:\d+(?:[.,]\d+)?|{_EN})"
_HALF = r"(?:\s*(?:and\s+a\s+half|1/2|½))?"

_STARS = re.compile(
    rf"\b(?:\d{{1,2}}(?:[.,]\d)?|{_EN}|{_DE}|{_FR}|{_ES}){_HALF}[\s-]*"
    r"(?:stars?|stern(?:en?|chen)?|[ée]toiles?|estrell(?:it)?as?)\b"
    r"|\b\d(?:[.,]\d)?\s*/\s*5\b|★|\b\d[\s-]?starts?\b"
    r"|(?:[0-5]|[一二两三四五])\s*(?:[颗個个]?\s*星(?!期|球|座|级|級))|零[颗個个]星|满星",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"\d(?:[.,]\d+)?\s*/\s*(?:10|100|[45]|\*+)(?![\d/])"  # 7/10, 3.5/5
    rf"|\b{_NUMBER}{_HALF}\s*(?:stars?\s*)?(?:out\s+)?of\s+(?:a\s+possible\s+)?"
    r"(?:10|ten|100|[45]|four|five|\*+)\b"  # 8 out of 10
    rf"|\b{_NUMBER}{_HALF}[\s-]+stars?\b"
    r"|\*\s*1/2|\*(?:\s*1/[24]|\s*[½¼])?\s*(?:out\s+of|/)\s*[\d*(a-z]"  # *** out of 4
    r"|\b(?:grade|rating|rated?|scored?|marks?|votes?)\b[\s:=\"']*"
    r"(?:(?:this|it|is|was|of|an?|the|film|movie|for)\b[\s:=\"']*)*(?:[A-F][+-]?(?![\w'])|\d|\*)"
    r"|\bout\s+of\s+(?:a\s+possible\s+)?(?:10|ten|100)\b"  # 82 points (out of 100)
    r"|[\d*][\"')\s(]*out\s+of\s+(?:a\s+possible\s+)?(?:[45]|four|five)\b"
    r"|\b(?:give|given|gave|giving|deserves?|gets?)\s+(?:[\w']+\s+){0,4}?"
    rf"(?:[\"']?{_DIGIT}|an?\s+[\"']?(?:(?:{_WORD})(?![\w'-])|(?-i:[A-F])[+-]?(?!'?\w)))"
    rf"|\bvot(?:e|ed|es|ing)\b(?:\s+[\w']+){{0,4}}?\s+[\"'(]*(?:{_DIGIT}|(?:{_WORD})\b)"
    rf"|\brat(?:e|ed|es|ing|ings)\b[^.!?\n]{{0,30}}?(?<![\w-]){_DIGIT}",
    re.IGNORECASE,
)


def names_stars(text: str) -> bool:
    """Whether a product review names a number of stars, in one of the five languages."""
    return _STARS.search(text) is not None


def names_mark(text: str) -> bool:
    """Whether a film review names a mark: out of ten, stars, asterisks, a grade."""
    return _MARK.search(text) is not None
