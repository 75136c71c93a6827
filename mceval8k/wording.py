"""What several task records share: how raw rows are read, and wording in each language.

Question templates are constants of ours; text of the data is only ever their argument.
"""

from __future__ import annotations

from typing import Any

from mceval8k.task import LANGUAGES, RawRow

STAR_OPTIONS = {
    "en": ("1 star", "2 stars", "3 stars", "4 stars", "5 stars"),
    "fr": ("1 étoile", "2 étoiles", "3 étoiles", "4 étoiles", "5 étoiles"),
    "de": ("1 Stern", "2 Sterne", "3 Sterne", "4 Sterne", "5 Sterne"),
    "zh": ("1 星", "2 星", "3 星", "4 星", "5 星"),
    "es": ("1 estrella", "2 estrellas", "3 estrellas", "4 estrellas", "5 estrellas"),
}
STAR_QUESTION = {
    "en": "Review: {review}",
    "fr": "Avis : {review}",
    "de": "Rezension: {review}",
    "zh": "评论：{review}",
    "es": "Reseña: {review}",
}
STAR_INSTRUCTION = {
    "en": "Judge from the review how many stars the customer gave the product, from 1 (very bad) "
    "to 5 (excellent).",
    "fr": "D'après cet avis, déterminez combien d'étoiles le client a données au produit, de 1 "
    "(très mauvais) à 5 (excellent).",
    "de": "Bestimme anhand der Rezension, wie viele Sterne das Produkt bekommen hat, von 1 (sehr "
    "schlecht) bis 5 (ausgezeichnet).",
    "zh": "请根据评论判断顾客给该商品打了几星，1 星最差，5 星最好。",
    "es": "Según la reseña, indica cuántas estrellas dio el cliente al producto, de 1 (muy malo) "
    "a 5 (excelente).",
}

ENTAILMENT_OPTIONS = {
    "en": ("Entailment", "Neutral", "Contradiction"),
    "fr": ("Implication", "Neutre", "Contradiction"),
    "de": ("Folgerung", "Neutral", "Widerspruch"),
    "zh": ("蕴含", "中立", "矛盾"),
    "es": ("Implicación", "Neutral", "Contradicción"),
}
ENTAILMENT_QUESTION = {
    "en": "Premise: {premise}\nHypothesis: {hypothesis}",
    "fr": "Prémisse : {premise}\nHypothèse : {hypothesis}",
    "de": "Prämisse: {premise}\nHypothese: {hypothesis}",
    "zh": "前提：{premise}\n假设：{hypothesis}",
    "es": "Premisa: {premise}\nHipótesis: {hypothesis}",
}
ENTAILMENT_INSTRUCTION = {
    "en": "Decide how the hypothesis relates to the premise: it follows from it (entailment), it "
    "contradicts it (contradiction), or neither (neutral).",
    "fr": "Déterminez le rapport entre l'hypothèse et la prémisse : l'hypothèse en découle "
    "(implication), la contredit (contradiction), ou ni l'un ni l'autre (neutre).",
    "de": "Bestimme, wie sich die Hypothese zur Prämisse verhält: Sie folgt aus ihr (Folgerung), "
    "sie widerspricht ihr (Widerspruch), oder keines von beiden (Neutral).",
    "zh": "请判断假设与前提的关系：假设可由前提推出（蕴含），与前提相矛盾（矛盾），"
    "或两者都不是（中立）。",
    "es": "Indica qué relación hay entre la hipótesis y la premisa: la hipótesis se deduce de ella "
    "(implicación), la contradice (contradicción) o ninguna de las dos cosas (neutral).",
}

SLOT_QUESTION = {
    "en": "Text: {text}",
    "fr": "Texte : {text}",
    "de": "Text: {text}",
    "zh": "文本：{text}",
    "es": "Texto: {text}",
}
SLOT_INSTRUCTION = {
    "en": "In the text, [Y] stands for a missing word or name. Choose the option that makes the "
    "text true when it takes the place of [Y].",
    "fr": "Dans le texte, [Y] tient la place d'un mot ou d'un nom manquant. Choisissez l'option "
    "qui, mise à la place de [Y], rend le texte vrai.",
    "de": "Im Text steht [Y] für ein fehlendes Wort oder einen fehlenden Namen. Wähle die Option, "
    "die an der Stelle von [Y] den Text wahr macht.",
    "zh": "文本中的[Y]代表缺失的词语或名称。请选择填入[Y]处后使文本内容属实的选项。",
    "es": "En el texto, [Y] ocupa el lugar de una palabra o un nombre que falta. Elige la opción "
    "que, en el lugar de [Y], hace que el texto sea verdadero.",
}

# The 17 tags of Universal Dependencies: https://universaldependencies.org/u/pos/
UPOS_QUESTION = {
    "en": "Sentence: {text}\nWord: {word}",
    "fr": "Phrase : {text}\nMot : {word}",
    "de": "Satz: {text}\nWort: {word}",
    "zh": "句子：{text}\n词语：{word}",
    "es": "Oración: {text}\nPalabra: {word}",
}
UPOS_INSTRUCTION = {
    "en": "Read the sentence and choose the Universal POS tag that the word has in it: ADJ "
    "(adjective), ADP (adposition), ADV (adverb), AUX (auxiliary), CCONJ (coordinating "
    "conjunction), DET (determiner), INTJ (interjection), NOUN (noun), NUM (numeral), PART "
    "(particle), PRON (pronoun), PROPN (proper noun), PUNCT (punctuation), SCONJ (subordinating "
    "conjunction), SYM (symbol), VERB (verb) or X (other).",
    "fr": "Lisez la phrase et choisissez l'étiquette Universal POS que le mot y porte : ADJ "
    "(adjectif), ADP (adposition), ADV (adverbe), AUX (auxiliaire), CCONJ (conjonction de "
    "coordination), DET (déterminant), INTJ (interjection), NOUN (nom commun), NUM (numéral), PART "
    "(particule), PRON (pronom), PROPN (nom propre), PUNCT (ponctuation), SCONJ (conjonction de "
    "subordination), SYM (symbole), VERB (verbe) ou X (autre).",
    "de": "Lies den Satz und wähle das Universal-POS-Tag, das das Wort darin hat: ADJ (Adjektiv), "
    "ADP (Adposition), ADV (Adverb), AUX (Hilfsverb), CCONJ (nebenordnende Konjunktion), DET "
    "(Artikelwort), INTJ (Interjektion), NOUN (Substantiv), NUM (Zahlwort), PART (Partikel), PRON "
    "(Pronomen), PROPN (Eigenname), PUNCT (Satzzeichen), SCONJ (unterordnende Konjunktion), SYM "
    "(Symbol), VERB (Verb) oder X (Sonstiges).",
    "zh": "请阅读句子，并选择该词语在句中的通用词性标签（Universal POS）：ADJ（形容词）、"
    "ADP（介词）、ADV（副词）、AUX（助动词）、CCONJ（并列连词）、DET（限定词）、INTJ（叹词）、"
    "NOUN（名词）、NUM（数词）、PART（助词）、PRON（代词）、PROPN（专有名词）、PUNCT（标点）、SCONJ（从属连词）、"
    "SYM（符号）、VERB（动词）或 X（其他）。",
    "es": "Lee la oración y elige la etiqueta Universal POS que tiene en ella la palabra: ADJ "
    "(adjetivo), ADP (adposición), ADV (adverbio), AUX (auxiliar), CCONJ (conjunción coordinante), "
    "DET (determinante), INTJ (interjección), NOUN (sustantivo), NUM (numeral), PART (partícula), "
    "PRON (pronombre), PROPN (nombre propio), PUNCT (puntuación), SCONJ (conjunción subordinante), "
    "SYM (símbolo), VERB (verbo) o X (otro).",
}


def text_of(raw: RawRow, column: str) -> str:
    """Text of a column without the white space around it; TypeError where it is no text."""
    text = raw[column]
    if not isinstance(text, str):
        raise TypeError(f"column {column!r}: {text!r} is not a text")
    return text.strip()


def language_of(raw: RawRow) -> str:
    """Language of a multilingual row; ValueError where it is none of the benchmark's."""
    lang = raw["lang"]
    if lang not in LANGUAGES:
        raise ValueError(f"language {lang!r} is none of {', '.join(LANGUAGES)}")
    return str(lang)


def label_of_stars(stars: Any) -> int:
    """Label of a star rating, 1 to 5 as an integer or a float; ValueError for any other value."""
    if stars not in (1, 2, 3, 4, 5):
        raise ValueError(f"{stars!r} stars: a review has a whole number from 1 to 5")
    return int(stars) - 1
