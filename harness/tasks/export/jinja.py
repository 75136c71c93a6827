"""A prompt pack's wording as Jinja templates, which lm-eval renders over a row of the data."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping

from mceval8k.prompts.pack import Pack
from mceval8k.task import Task


def description(pack: Pack, task: Task, lang: str) -> str:
    """What stands before everything: the instruction and the separator after it."""
    return literal(pack.instruction(task, lang) + pack.separator)


def doc_to_text(pack: Pack, task: Task, lang: str) -> str:
    """Question, options and cue of an item."""
    spoken = task.language_of_prompt(lang)
    wording = pack.wording(task)
    question = _filled(wording.question.get(spoken, "{question}"), {})
    line = _filled(
        wording.option or pack.option, {"symbol": "symbols[loop.index0]", "text": "option"}
    )
    symbols = f"{{% set symbols = {_symbols(pack, task)} %}}"
    options = f"{{% for option in options %}}{line}\n{{% endfor %}}"
    return f"{symbols}{question}\n{options}{literal(pack.cue[spoken])}"


def doc_to_choice(pack: Pack, task: Task) -> str | list[str]:
    """Answer symbols: a list, or a template where items differ in the number of options."""
    if len(task.option_counts) == 1:
        return list(pack.symbols_for(task, task.n_options))
    return f"{{{{ {_symbols(pack, task)}[:options|length] }}}}"


def literal(text: str) -> str:
    """Text that Jinja leaves as it is."""
    has_syntax = any(mark in text for mark in ("{{", "{%", "{#"))
    return f"{{% raw %}}{text}{{% endraw %}}" if has_syntax else text


def _symbols(pack: Pack, task: Task) -> str:
    return json.dumps(list(pack.symbols_for(task, task.n_options)), ensure_ascii=False)


def _filled(template: str, names: Mapping[str, str]) -> str:
    """Jinja of a template in the syntax of `str.format`, whose fields may have other names."""
    return "".join(
        literal(text) + (f"{{{{ {names.get(field, field)} }}}}" if field is not None else "")
        for text, field, _, _ in string.Formatter().parse(template)
    )
