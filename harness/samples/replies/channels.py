"""What of a reply is meant for the user: without reasoning, further turns and markup."""

from __future__ import annotations

import re
import unicodedata

_REASONING = r"think|thinking|thought|reasoning|analysis|reflection|scratchpad|seed:think"
_OPENING = rf"<(?:{_REASONING})>|\[THINK\]|◁think▷|<\|(?:begin_of_thought|START_THINKING)\|>"
_CLOSING = rf"</(?:{_REASONING})>|\[/THINK\]|◁/think▷|<\|(?:end_of_thought|END_THINKING)\|>"
_MARKER = re.compile(rf"(?P<opening>{_OPENING})|(?P<closing>{_CLOSING})", re.IGNORECASE)
_CHANNEL = "<|channel|>"
_FINAL = re.compile(r"<\|channel\|>final[^<]*<\|message\|>")
_AROUND = re.compile(r"<\|(?:begin_of_solution|end_of_solution|START_RESPONSE|END_RESPONSE)\|>")
_END = re.compile(
    r"</s>|<eos>|<end_of_turn>|<\|(?:im_end|eot_id|eot|endoftext|end|return|END_OF_TURN_TOKEN)\|>"
)
_WRAPPED = re.compile(r"\\(?:text|textbf|mathrm|mathbf|mathsf|textrm)\s*\{([^{}]*)\}")
_ANSWERS = (
    re.compile(r"<answer>([^<]*)(?:</answer>|\Z)", re.IGNORECASE),
    re.compile(r"\\boxed\s*\{([^{}]*)\}"),
)
_LATEX = re.compile(r"\\boxed\s*\{([^{}]*)\}|\\[()\[\]]|\$")
_BULLET = re.compile(r"^[-*>#•]+ ")
_TAG = re.compile(r"</?answer>", re.IGNORECASE)


def spoken(reply: str) -> str:
    """What is said to the user: after the reasoning, and before the next turn.

    Reasoning that was begun and not ended leaves nothing behind.
    """
    text = _without_reasoning(_final_channel(reply))
    text = _AROUND.sub("", text).lstrip()
    return _END.split(text, maxsplit=1)[0]


def stops_in_reasoning(reply: str | None) -> bool:
    """Whether a reply ends before its reasoning does, as one does that is cut off."""
    if not reply:
        return False
    if _CHANNEL in reply:
        return not _FINAL.search(reply)
    depth = 0
    for marker in _MARKER.finditer(reply):
        depth = max(depth + (1 if marker["opening"] else -1), 0)
    return depth > 0


def _final_channel(reply: str) -> str:
    if _CHANNEL not in reply:
        return reply
    return _FINAL.split(reply)[-1] if _FINAL.search(reply) else ""


def _without_reasoning(reply: str) -> str:
    kept: list[str] = []
    place = depth = 0
    for marker in _MARKER.finditer(reply):
        if not depth:
            kept.append(reply[place : marker.start()])
        if marker["opening"]:
            depth += 1
        elif depth:
            depth -= 1
        else:  # the prompt itself opened the reasoning
            kept.clear()
        place = marker.end()
    if not depth:
        kept.append(reply[place:])
    return "".join(kept)


def marked_answers(text: str) -> list[str]:
    """What stands last in an answer tag, and last in a LaTeX box."""
    plain = _WRAPPED.sub(r"\1", text)
    found = (pattern.findall(plain) for pattern in _ANSWERS)
    return [answers[-1] for answers in found if answers]


def plain(text: str) -> str:
    """Text in compatibility form (full-width letters as plain ones), without LaTeX and tags."""
    text = _TAG.sub(" ", _LATEX.sub(r"\1", _WRAPPED.sub(r"\1", text)))
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("__", "**")
    return "\n".join(_BULLET.sub("", " ".join(line.split())) for line in text.split("\n"))
