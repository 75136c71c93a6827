"""The folder of a run: our summary, and lm-eval's own files beside it.

Where lm-eval's files cannot be written, the summary is kept without them, and the folder says so:
the same command may write to it again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyarrow import parquet

from harness.report.summary import metrics_csv, summary, summary_csv
from harness.run.evaluation import Evaluation
from harness.samples.answers import option_table
from mceval8k.errors import DataError, UsageError
from mceval8k.folders import check_replaceable, files_in, writing_folder
from mceval8k.partial import remove

SUMMARY = "summary.json"
UNFINISHED = "unfinished.json"
"""File that says why lm-eval's files are missing."""
_LONGEST = 200
"""Bytes of the name of lm-eval's folder; systems take 255."""


def check_output(folder: Path) -> None:
    """Refuse, before hours of work, a folder that could not be written afterwards.

    A folder that holds anything is refused too: a run must not cost the results of another. Only
    one that says that it is unfinished is replaced.

    Raises
    ------
    UsageError
        The path is a file, a folder that holds something, or in a folder that cannot be written.
    """
    try:
        check_replaceable(folder, UNFINISHED)
    except UsageError:
        raise UsageError(f"--out {folder} exists and is not empty: name another folder") from None
    parent = next(parent for parent in folder.absolute().parents if parent.exists())
    if not (parent.is_dir() and os.access(parent, os.W_OK)):
        raise UsageError(f"--out {folder}: {parent} is not a folder that can be written")


def write_output(evaluation: Evaluation, folder: Path) -> None:
    """Write a run's folder in one step.

    It holds `<model>/results_<date>.json` and `<model>/samples_<task>_<date>.jsonl`, written by
    lm-eval, and `summary.json`, `summary.csv`, `metrics.csv` and `options.parquet`, which
    docs/evaluation.md describes.

    Raises
    ------
    UsageError
        The folder holds something else.
    DataError
        A file cannot be written. If it is one of lm-eval's, the others are there.
    """
    check_output(folder)
    with writing_folder(folder, replaceable=UNFINISHED) as target:
        text = json.dumps(summary(evaluation), indent=2, ensure_ascii=False)
        (target / SUMMARY).write_text(text + "\n", encoding="utf-8")
        (target / "summary.csv").write_text(summary_csv(evaluation), encoding="utf-8")
        (target / "metrics.csv").write_text(metrics_csv(evaluation), encoding="utf-8")
        parquet.write_table(option_table(evaluation.answers), target / "options.parquet")
        reason = _write_lm_eval_files(evaluation, target)
        if reason:
            content = {"reason": reason, "files": files_in(target)}
            (target / UNFINISHED).write_text(json.dumps(content), encoding="utf-8")
    if reason:
        raise DataError(
            f"{folder}: only the summary is there; lm-eval could not write its files: {reason}"
        )


def _write_lm_eval_files(evaluation: Evaluation, target: Path) -> str:
    """Write all of them or none; returns why they cannot be written, or nothing."""
    tracker = evaluation.tracker
    tracker.output_path = str(target)
    known = tracker.general_config_tracker
    known.model_name_sanitized = _shortened(str(known.model_name_sanitized))
    with _failures() as failures:
        tracker.save_results_aggregated(
            results=evaluation.results, samples=dict(evaluation.samples)
        )
        for name, samples in evaluation.samples.items():
            if not failures:
                tracker.save_results_samples(task_name=name, samples=samples)
    if not failures:
        return ""
    remove(target / known.model_name_sanitized)
    return ": ".join(failures).replace(str(target), ".")


@contextmanager
def _failures() -> Iterator[list[str]]:
    """What lm-eval's writer says when it fails, which it does in its log only."""
    reported: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.WARNING or reported:
                reported.append(record.getMessage())

    logger = logging.getLogger("lm_eval.loggers.evaluation_tracker")
    handler, level, passed_on = Handler(), logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)  # the reason is logged at this level
    logger.propagate = False
    try:
        yield reported
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = passed_on


def _shortened(name: str) -> str:
    """Name of a folder, cut at the front if a system would not take it."""
    content = name.encode()
    if len(content) <= _LONGEST:
        return name
    digest = hashlib.sha256(content).hexdigest()[:12]
    return f"{digest}-{content[-_LONGEST + 13 :].decode(errors='ignore')}"
