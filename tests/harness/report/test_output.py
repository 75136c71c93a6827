"""The folder of a run: nothing that was computed is lost where lm-eval cannot write."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from lm_eval.loggers import evaluation_tracker

from harness.report.output import SUMMARY, UNFINISHED, check_output, write_output
from harness.run.evaluation import Evaluation, evaluate
from harness.run.options import Options
from harness.tasks.settings import Settings
from mceval8k.errors import DataError, UsageError


def evaluation(model: Path, edition: Path) -> Evaluation:
    settings = Settings(str(edition))
    options = Options(
        "hf", f"pretrained={model}", settings, "agnews", limit=2, batch_size="8", device="cpu"
    )
    found = evaluate(options)
    assert found is not None
    return found


def fail(_: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_summary_is_kept_where_lm_eval_cannot_write(
    tiny_model: Path, edition: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, out = evaluation(tiny_model, edition), tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(evaluation_tracker, "sanitize_list", fail)  # amid the file of samples
        with pytest.raises(DataError, match=f"^{out}: only the summary .*No space left on device"):
            write_output(found, out)
    names = {path.name for path in out.iterdir()}
    assert names == {SUMMARY, UNFINISHED, "summary.csv", "metrics.csv", "options.parquet"}
    assert json.loads((out / SUMMARY).read_text())["tasks"]
    check_output(out)
    (out / "thesis").touch()
    with pytest.raises(UsageError, match="is not empty"):
        check_output(out)
    (out / "thesis").unlink()
    write_output(found, out)
    assert not (out / UNFINISHED).exists()
    assert len([*out.glob("*/results_*.json"), *out.glob("*/samples_*.jsonl")]) == 2
    with pytest.raises(UsageError, match="is not empty"):
        check_output(out)


def test_a_model_with_a_very_long_path(tiny_model: Path, edition: Path, tmp_path: Path) -> None:
    model = tmp_path.joinpath(*(letter * 120 for letter in "abc"), "model")
    shutil.copytree(tiny_model, model)
    found = evaluation(model, edition)
    write_output(found, tmp_path / "out")
    (results,) = (tmp_path / "out").glob("*/results_*.json")
    assert json.loads(results.read_text())["model_name"] == str(model)
    assert results.parent.name.endswith("c__model")
