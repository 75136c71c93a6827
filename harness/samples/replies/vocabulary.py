"""Words that say something about an answer, in the five languages, by the role that they play.

Models often reply in another language than that of the prompt, so there is one table for all.
"""

from __future__ import annotations

from enum import Enum


class Role(Enum):
    """What a word or sign does in a sentence."""

    ANSWER = "announces an answer"
    COPULA = "says what something is"
    CHOOSE = "picks something"
    FITS = "says that something fits, or what it fits"
    GOOD = "praises"
    BAD = "rejects"
    NEGATOR = "negates"
    HEDGE = "leaves open"
    FINAL = "concludes"
    RETRACT = "takes back what was said"
    JOIN = "joins options"
    BOUNDARY = "begins another clause"
    NOUN = "may follow an option that is said of it"
    FILLER = "may stand between a cue and an option"
    OPEN = "opens a bracket, quotation or emphasis, or closes it"
    COMMA = "separates"
    COLON = "announces"
    DASH = "breaks off"
    STOP = "ends a sentence"
    QUESTION = "ends a question"
    LINE = "ends a line"
    OPTION = "mentions an option"
    OTHER = "is any other word"


WORDS: dict[Role, str] = {
    Role.ANSWER: """answer | rating | score | label | category | solution | choice is | réponse |
        note | antwort | lösung | bewertung | respuesta | calificación | puntuación | 答案 |
        评分 | 回答""",
    Role.COPULA: """is | it's | that's | was | are | be | belongs | est | c'est | soit | agit |
        ist | lautet | sei | wäre | handelt | beträgt | es | sea | sería | trata | 是 | 为 |
        应为 | 属于""",
    Role.CHOOSE: """say | choose | pick | select | go | going | think | believe | guess | meant |
        give | gives | gave | rate | rated | put | call | under | choisis | choisirais | dirais |
        pense | donnerais | donné | données | donne | wähle | wählen | sage | sagen | denke |
        geben | gebe | vergeben | gegeben | elijo | elegiría | escojo | diría | creo | quedo |
        daría | dio | 选 | 选择 | 应选 | 应该选择 | 认为 | 给 | 打""",
    Role.FITS: """fits | fit | applies | matches | suits | convient | correspond | passt |
        trifft zu | stimmt | corresponde""",
    Role.GOOD: """correct | right | best | better | good | appropriate | suitable | valid |
        bonne | correcte | juste | exacte | meilleure | meilleur | richtig | richtige | korrekt |
        korrekte | beste | correcta | correcto | mejor | 正确 | 正确的 | 最佳 | 对的 | 最合适""",
    Role.BAD: """wrong | incorrect | unlikely | inappropriate | fausse | incorrecte | falsch |
        falsche | unpassend | incorrecta | incorrecto | errónea | 错误 | 错误的 | 错的""",
    Role.NEGATOR: """not | no | never | neither | nor | none | cannot | hardly | scarcely |
        barely | far from | rather than | instead of | unlike | unable | without | nothing | pas |
        non | ni | aucun | aucune | jamais | impossible | nicht | kein | keine | keinen | keiner |
        nein | weder | noch | nie | tampoco | ningún | ninguna | nunca | imposible | 不 | 不是 |
        没有 | 没 | 并非 | 并不 | 非 | 无法 | 不能 | 不会""",
    Role.HEDGE: """might | could | may | maybe | perhaps | possibly | possible | either |
        between | somewhere | depends | partly | whether | if | both | peut-être | pourrait |
        entre | si | vielleicht | könnte | zwischen | entweder | sowohl | ob | möglich | quizás |
        quizá | tal vez | podría | posible | 可能 | 也许 | 或许 | 之间 | 如果 | 是否""",
    Role.FINAL: """so | therefore | thus | hence | final | finally | in conclusion | overall |
        leaves | donc | par conséquent | finalement | ainsi | reste | also | daher | deshalb |
        somit | folglich | bleibt | por lo tanto | por tanto | así que | entonces | finalmente |
        queda | 因此 | 所以 | 综上 | 综上所述 | 最终 | 故""",
    Role.RETRACT: """wait | actually | sorry | correction | hmm | let me reconsider |
        on reflection | on second thought | that is wrong | that's wrong | en fait | pardon |
        moment | das stimmt nicht | korrektur | perdón | en realidad | mejor dicho | 等等 | 不对 |
        重新考虑""",
    Role.JOIN: """or | and | ou | et | oder | und | o | u | y | 或 | 或者 | 还是 | 和 | 与 | 及 |
        到 | / | &""",
    Role.BOUNDARY: """because | since | as | but | though | although | while | which | car |
        parce | puisque | mais | weil | denn | da | aber | sondern | porque | ya que | pues |
        pero | sino | aunque | with respect to | in relation to | regarding | according to |
        因为 | 但 | 但是 | 而 | 而是""",
    Role.NOUN: """review | article | news | section | comment | claim | statement | sentiment |
        relation | relationship | story | topic | tag | hypothesis | product | one | this |
        rezension | avis | reseña | 关系 | 新闻 | 评论 | 商品""",
    Role.FILLER: """the | an | to | with | option | options | choice | letter | number | word |
        symbol | section | my | i | i'd | i'll | we | it | that | would | should | must | will |
        has | have | let's | clearly | probably | likely | most | certainly | definitely | very |
        overwhelmingly | simply | just | only | about | of | in | this | question | indeed | des |
        du | la | le | les | une | un | que | je | lettre | numéro | mot | choix | sur | l | d |
        qu | de | der | die | das | ein | eine | einen | buchstabe | nummer | option | ich |
        würde | nur | dass | sich | um | wohl | el | los | letra | opción | número | palabra |
        se | con | yo | lo | 了 | 第 | 项 | 选项 | 应 | 应该 | 这个 | 我 | 会 | 的 | 一个 | 本题 |
        就""",
}
"""By role: words and phrases, separated by bars. Of several roles, a word has the first."""


def roles() -> dict[str, Role]:
    """Role of every word, in lower case."""
    table: dict[str, Role] = {}
    for role, words in WORDS.items():
        for word in words.split("|"):
            table.setdefault(" ".join(word.split()), role)
    return table


SIGNS: dict[str, Role] = {
    **dict.fromkeys("()[]{}<>\"'“”„«»‘「」『』【】*`#", Role.OPEN),
    **dict.fromkeys(",;、", Role.COMMA),
    ":": Role.COLON,
    "=": Role.COLON,
    **dict.fromkeys("-–—", Role.DASH),
    **dict.fromkeys(".!。", Role.STOP),
    "?": Role.QUESTION,
    "\n": Role.LINE,
}
"""Role of a sign, in the compatibility form that `channels.plain` gives."""
AFFIRMATIVE = frozenset({"yes", "oui", "ja", "sí"})
"""Options that answer whatever words follow: "Yes they do"."""
