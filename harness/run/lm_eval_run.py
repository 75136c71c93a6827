"""One run of lm-eval: the model is loaded, guarded, and evaluated on the tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lm_eval import simple_evaluate
from lm_eval.loggers import EvaluationTracker

from harness.prefix_scorer.processes import Processes
from harness.run import run_record
from harness.run.chat import ChatTemplate, check_thinking, end_no_text
from harness.run.generation import give_room
from harness.run.models import batch_size_of, check_chat_template, load_model, response_cache
from harness.run.options import Options
from harness.run.request_checks import request_checker
from harness.tasks.discovery import task_manager
from harness.tasks.lm_eval_task import MCEval8kTask
from mceval8k.secrets import redact


@dataclass(frozen=True)
class LmEvalRun:
    """What came out of it."""

    results: dict[str, Any]
    """lm-eval's results, with the samples."""
    model: dict[str, Any]
    """What is known of the model and how prompts were put to it; see `harness.run.run_record`."""
    tracker: EvaluationTracker
    """lm-eval's writer of its files."""
    served: int
    """Responses that came from the cache."""


def run_tasks(options: Options, tasks: Sequence[MCEval8kTask]) -> LmEvalRun | None:
    """Ask a model everything that the tasks ask; None in all but the first of several processes."""
    batch_size = batch_size_of(options.model, options.batch_size)
    lm = load_model(options.model, options.model_args, batch_size=batch_size, device=options.device)
    end_no_text(lm)
    check_thinking(lm, generate=options.generate)
    chat = None
    if options.apply_chat_template:
        check_chat_template(lm)
        chat = ChatTemplate.use(lm, generate=options.generate)
    cache = None
    if options.cache is not None:
        cache = response_cache(lm, options.model, options.model_args, options.cache)
        cache.attach(lm)
    if options.generate:
        give_room(lm, options, tasks)
    checker = request_checker(lm)
    for task in tasks:
        task.check_requests = checker
    tracker = EvaluationTracker()
    results = _evaluate(lm, options, tasks, tracker)
    if results is None or not Processes.of(lm).is_main:
        return None
    model = {
        "model_name": tracker.general_config_tracker.model_name,
        **run_record.model_record(lm, results["config"]),
        **run_record.chat_record(
            lm,
            apply_chat_template=options.apply_chat_template,
            system_instruction=options.system_instruction,
        ),
        "chat_template_notes": chat.notes if chat else [],
        "prompts_checked": checker is not None,
    }
    return LmEvalRun(results, model, tracker, cache.served if cache else 0)


def _evaluate(
    lm: Any, options: Options, tasks: Sequence[MCEval8kTask], tracker: EvaluationTracker
) -> dict[str, Any] | None:
    results: dict[str, Any] | None = simple_evaluate(
        model=lm,
        model_args=redact(options.model_args),
        tasks=list(tasks),
        batch_size=batch_size_of(options.model, options.batch_size),
        device=options.device,
        limit=options.limit,
        apply_chat_template=options.apply_chat_template,
        fewshot_as_multiturn=options.fewshot_as_multiturn,
        gen_kwargs=options.gen_kwargs,
        random_seed=options.seed,
        numpy_random_seed=options.seed,
        torch_random_seed=options.seed,
        system_instruction=options.system_instruction,
        # The tasks are loaded already: it only has to know their names.
        task_manager=task_manager(include_defaults=False),
        evaluation_tracker=tracker,
    )
    if results is not None:
        # Processes of `hf` hand in their items one after the other.
        for samples in results["samples"].values():
            samples.sort(key=lambda sample: sample["doc_id"])
        # lm-eval knows the model's name only when it loads the model itself.
        results["config"]["model"] = options.model
        tracker.general_config_tracker.model_source = options.model
    return results
