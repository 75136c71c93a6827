"""Runs inspect-ai on a benchmark of the Hub, with a model that answers by what it reads."""

from __future__ import annotations

import json
import sys
from typing import Any

from inspect_ai import eval as run
from inspect_ai.model import ModelOutput, ModelUsage, get_model


def answer(text: str) -> ModelOutput:
    """An answer whose tokens need not be counted."""
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output


def always_b(*args: Any, **kwargs: Any) -> ModelOutput:
    return answer("ANSWER: B")


def main(name: str, folder: str) -> None:
    model = get_model("mockllm/model", custom_outputs=always_b)
    (log,) = run(name, model=model, log_dir=folder, display="none")
    assert log.status == "success", log.error
    assert log.results is not None
    print(
        json.dumps(
            {
                "accuracy": log.results.scores[0].metrics["accuracy"].value,
                "samples": [
                    {"input": s.input, "choices": s.choices, "target": s.target, **s.metadata}
                    for s in log.samples or ()
                ],
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
