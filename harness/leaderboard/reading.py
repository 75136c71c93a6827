"""One result file of lm-eval, checked as it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from packaging.version import InvalidVersion, Version

from harness.leaderboard.condensing import condense
from harness.leaderboard.finding import ResultFile, date_of, samples_path
from harness.leaderboard.identity import model_of, parameters_of
from harness.leaderboard.records import Model, Rejected, Run, TaskResult
from harness.leaderboard.result_schema import ResultContent, TaskConfig, read_content, task_config
from harness.tasks.discovery import PREFIX
from mceval8k.errors import DataError

OLDEST_LM_EVAL = "0.4.13"
"""Earlier versions log other fields, and some of them other scores."""


def read_run(file: ResultFile) -> Run:
    """Read a result file and the samples beside it; what is wrong becomes a `Rejected`."""
    try:
        if not file.path.is_file():
            raise DataError("no regular file, or a link that leads nowhere")
        content = read_content(file.path)
        check_lm_eval(content.lm_eval_version)
        configs = _our_configs(content.configs)
        return _run(file, content, [_result(file, content, *each) for each in configs.items()])
    except (DataError, OSError) as error:
        return _unreadable(file, _one_line(error))


def check_lm_eval(given: str) -> None:
    """Refuse results of an lm-eval that is too old, or that does not say its version.

    Raises
    ------
    DataError
        It is.
    """
    try:
        is_old = Version(given) < Version(OLDEST_LM_EVAL)
    except InvalidVersion:
        raise DataError(f"no version of lm-eval is given; {OLDEST_LM_EVAL} is needed") from None
    if is_old:
        raise DataError(f"made with lm-eval {given}; {OLDEST_LM_EVAL} or later is needed")


def _our_configs(configs: Mapping[str, Any]) -> dict[str, Any]:
    ours = {
        name: config for name, config in sorted(configs.items()) if name.startswith(f"{PREFIX}_")
    }
    if not ours:
        raise DataError("no task of MCEval8k")
    return ours


Read = tuple[TaskConfig, TaskResult] | Rejected


def _result(file: ResultFile, content: ResultContent, name: str, given: Any) -> Read:
    try:
        config = task_config(given)
        return config, _task_result(file, content, name, config)
    except (DataError, OSError) as error:
        return Rejected(file.label, _named(name, given), _one_line(error))


def _task_result(
    file: ResultFile, content: ResultContent, name: str, config: TaskConfig
) -> TaskResult:
    if "/" in name or "\\" in name or "\0" in name:
        raise DataError("its name leads to another folder")
    samples = samples_path(file.path, name)
    if not samples.is_file():
        raise DataError(f"no {samples.name} beside it: lm-eval writes it with --log_samples")
    scores = content.results.get(name)
    if not isinstance(scores, dict):
        raise DataError("no score")
    if content.config.limit is not None:
        raise DataError("only a part of the test split was evaluated (--limit)")
    shots = content.n_shot.get(name, config.num_fewshot)
    if isinstance(shots, bool) or not isinstance(shots, int) or not 0 <= shots < 2**31:
        raise DataError("its n-shot is no whole number")
    return condense(config, scores, shots, samples, seed=content.config.torch_seed)


def _named(name: str, given: Any) -> str:
    """Task that a rejected entry is of, as far as it says so."""
    stated = given.get("dataset_name") if isinstance(given, Mapping) else None
    return stated if isinstance(stated, str) and stated else name


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _run(file: ResultFile, content: ResultContent, read: Sequence[Read]) -> Run:
    known = [each for each in read if not isinstance(each, Rejected)]
    shots = content.mceval8k.num_fewshot
    return Run(
        file=file.label,
        date=_date(content.date, date_of(file.path)),
        model=model_of(content),
        parameters=parameters_of(content),
        backend=content.config.model or "",
        prompts_checked=content.mceval8k.prompts_checked,
        shots="" if shots is None else str(shots),
        chat=(content.chat_template_sha or "") if content.chat_template else "",
        is_multiturn=bool(content.chat_template and content.fewshot_as_multiturn),
        system=content.system_instruction_sha or "",
        versions=_versions(content, [config for config, _ in known]),
        results=tuple(result for _, result in known),
        rejected=tuple(each for each in read if isinstance(each, Rejected)),
    )


def _date(seconds: float | None, named: str) -> str:
    """When a run was made; by its file's name where the file does not say."""
    try:
        moment = datetime.fromtimestamp(seconds or 0, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return named[:10]
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else named[:10]


def _versions(content: ResultContent, configs: Sequence[TaskConfig]) -> dict[str, str]:
    stated = next((config.metadata.versions for config in configs if config.metadata.versions), {})
    known = {name: version for name, version in sorted(stated.items()) if version}
    return {"lm_eval": content.lm_eval_version} | known


def _unreadable(file: ResultFile, reason: str) -> Run:
    return Run(
        file=file.label,
        date="",
        model=Model("", "", "", ""),
        parameters=0,
        backend="",
        prompts_checked=False,
        shots="",
        chat="",
        is_multiturn=False,
        system="",
        versions={},
        results=(),
        rejected=(Rejected(file.label, "", reason),),
    )
