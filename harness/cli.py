"""Commands of `mceval8k` that ask models and compare them."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli_compare import compare_command
from harness.cli_eval import eval_command
from harness.leaderboard.cli import app as leaderboard
from harness.prefix_scorer.command import lm_eval_command
from harness.tasks.discovery import tasks_path
from mceval8k.cli_options import examples, renamed

app = typer.Typer(no_args_is_help=True)
app.command(
    "eval",
    context_settings=renamed(tasks="task", revision="edition-revision"),
    epilog=examples(
        "mceval8k eval --model-args pretrained=gpt2 --edition editions/samples --task agnews",
        "mceval8k eval --model vllm --model-args pretrained=org/model --edition lab/mceval8k",
    ),
)(eval_command)
app.command("compare", epilog=examples("mceval8k compare results/a results/b"))(compare_command)
app.add_typer(leaderboard, name="leaderboard")
app.command("lm-eval", add_help_option=False, context_settings={"ignore_unknown_options": True})(
    lm_eval_command
)


@app.command("tasks-path")
def tasks_path_command() -> None:
    """Print the folder of the lm-eval tasks, for `lm-eval run --include_path`."""
    typer.echo(tasks_path())


@app.command("generate-tasks")
def generate_tasks_command(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if the files are stale.")
    ] = False,
) -> None:
    """Write the lm-eval tasks of the registry (for developers)."""
    from harness.tasks.generate import check_task_files, write_task_files
    from mceval8k.registry import all_tasks

    act = check_task_files if check else write_task_files
    act(tasks_path(), tuple(all_tasks().values()))
