"""Build, check, score, probe, report: what `make demo` runs.

Each step is a command that a user could type; it is shown before it runs. What it writes goes to
`build/demo`, and a step whose result is there and was made by the same command from the same code
and data is not run again.
"""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path

from rich.console import Console

from demo.steps import Step, is_done, run
from neurgrad_eval.smollm2 import ensure_smollm2, is_ready, model_folder

OUT = Path("build") / "demo"
EDITION, SCORES, PROBES, REPORT = (
    OUT / "edition",
    OUT / "scores",
    OUT / "probes",
    OUT / "report.html",
)
PROBED_TASK = "agnews"

console = Console(stderr=True, highlight=False)


def steps(model: Path) -> list[Step]:
    """Commands of the demo; the seconds are of two cores."""
    weights = shlex.quote(str(model))
    return [
        Step(
            "Building the samples edition: 22 tasks in six genres",
            f"mceval8k build --source samples --out {EDITION}",
            EDITION,
            seconds=10,
        ),
        Step("Validating it", f"mceval8k validate {EDITION}", None, seconds=5),
        Step(
            "Scoring the model on its test items through lm-eval",
            f"mceval8k eval --model hf --model-args pretrained={weights} --edition {EDITION} "
            f"--task all --num-fewshot 0 --batch-size 8 --device cpu --out {SCORES}",
            SCORES,
            seconds=90,
        ),
        Step(
            f"Computing gradients and probing skill neurons on {PROBED_TASK}",
            f"neurgrad probe --model {weights} --edition {EDITION} --task {PROBED_TASK} "
            f"--train-size 160 --test-size all --validation-size 30 --out {PROBES}",
            PROBES,
            seconds=120,
        ),
        Step(
            "Writing the report",
            f"neurgrad report {SCORES} {PROBES} --out {REPORT}",
            REPORT,
            seconds=5,
        ),
    ]


def main() -> int:
    """Run the steps; return the exit status of the first that fails, else 0."""
    start = time.monotonic()
    model = _fetch()
    planned = steps(model)
    for number, step in enumerate(planned, start=1):
        head = f"[{number}/{len(planned)}] {step.title}"
        if is_done(step, OUT):
            console.print(f"\n[bold]{head}[/]: already in {step.result}, reused")
            continue
        console.print(f"\n[bold]{head}[/] (about {step.seconds} s)")
        console.print(f"$ {step.command}", style="dim", markup=False, soft_wrap=True)
        if status := run(step, OUT):
            console.print(f"[red]The step failed (exit status {status}).[/]")
            return status
    console.print(
        f"\nDone in {time.monotonic() - start:.0f} s. Open [bold]{REPORT}[/] in a browser."
    )
    return 0


def _fetch() -> Path:
    if is_ready():
        console.print(f"[bold]SmolLM2-135M-Instruct[/]: already in {model_folder()}, reused")
        return model_folder()
    console.print("[bold]Fetching SmolLM2-135M-Instruct[/] (93 MB, then about 50 s to convert)")
    with console.status("") as status:
        return ensure_smollm2(on_stage=status.update)


if __name__ == "__main__":
    sys.exit(main())
