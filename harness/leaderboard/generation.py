"""How replies were generated, where that differs from the way that the task states."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from harness.tasks.discovery import PREFIX, tasks_path

_LONGEST = 40
"""Characters of a value that is shown; a longer one is shown by its digest."""


def generation_label(given: Mapping[str, Any] | None, seed: int | None) -> str:
    """Arguments of generation that differ from the task's own, and the seed where one counts.

    Parameters
    ----------
    given
        `generation_kwargs` of the task, as it was run.
    seed
        PyTorch's, which decides what is drawn.
    """
    arguments = dict(given or {})
    label = ", ".join(_differences(arguments))
    if arguments.get("do_sample") or arguments.get("temperature"):
        label = f"{label}, seed {seed}" if label else f"seed {seed}"
    return label


def _differences(arguments: Mapping[str, Any]) -> Iterator[str]:
    usual = _usual()
    for name in sorted({*arguments, *usual}):
        value = arguments.get(name)
        if value != usual.get(name):
            yield f"{' '.join(name.split())}={_shown(value)}"


def _shown(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return text if len(text) <= _LONGEST else hashlib.sha256(text.encode()).hexdigest()[:12]


@cache
def _usual() -> Mapping[str, Any]:
    """Arguments in the template of the tasks that are answered by generating."""
    text = (tasks_path() / "generation" / f"_{PREFIX}.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.load(text, _Loader)["generation_kwargs"]  # noqa: S506 (safe)
    return found


class _Loader(yaml.SafeLoader):
    """Reads lm-eval's YAML without its functions."""


_Loader.add_constructor("!function", lambda *_: None)
