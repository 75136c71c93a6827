"""The folder of a run: lm-eval's own files, and our summary beside them."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pyarrow import parquet

from harness.report.summary import metrics_csv, summary, summary_csv
from harness.run.evaluation import Evaluation
from harness.samples.answers import option_table
from mceval8k.errors import DataError, UsageError
from mceval8k.folders import writing_folder

SUMMARY = "summary.json"


def check_output(folder: Path) -> None:
    """Refuse, before hours of work, a folder that could not be written afterwards.

    A folder that holds anything is refused too: a run must not cost the results of another.

    Raises
    ------
    UsageError
        The path is a file, a folder that is not empty, or in a folder that cannot be written.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise UsageError(f"--out {folder} exists and is not empty: name another folder")
    parent = next(parent for parent in folder.absolute().parents if parent.exists())
    if not (parent.is_dir() and os.access(parent, os.W_OK)):
        raise UsageError(f"--out {folder}: {parent} is not a folder that can be written")


def write_output(evaluation: Evaluation, folder: Path) -> None:
    """Write a run's folder in one step.

    It holds `<model>/results_<date>.json` and `<model>/samples_<task>_<date>.jsonl`, written by
    lm-eval, and `summary.json`, `summary.csv`, `metrics.csv` and `options.parquet`, which
    docs/evaluation.md describes.
    """
    check_output(folder)
    with writing_folder(folder, replaceable=None) as target:
        text = json.dumps(summary(evaluation), indent=2, ensure_ascii=False)
        (target / SUMMARY).write_text(text + "\n", encoding="utf-8")
        (target / "summary.csv").write_text(summary_csv(evaluation), encoding="utf-8")
        (target / "metrics.csv").write_text(metrics_csv(evaluation), encoding="utf-8")
        parquet.write_table(option_table(evaluation.answers), target / "options.parquet")
        _write_lm_eval_files(evaluation, target)


def _write_lm_eval_files(evaluation: Evaluation, target: Path) -> None:
    tracker, samples = evaluation.tracker, evaluation.samples
    tracker.output_path = str(target)
    tracker.save_results_aggregated(results=evaluation.results, samples=dict(samples))
    for name, task_samples in samples.items():
        tracker.save_results_samples(task_name=name, samples=task_samples)
    # The tracker reports a failure in its log only.
    expected = 1 + len(samples)
    if len([*target.glob("*/results_*.json"), *target.glob("*/samples_*.jsonl")]) != expected:
        raise DataError(f"{target}: lm-eval could not write its results")
