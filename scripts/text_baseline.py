"""What a classifier of words and text lengths reaches on the items of `neurgrad probe` runs.

No language model is asked: it is fitted to the same training items as the probes and answers the
same test items, so that what a probe has beyond it is not on the surface of the text. Only tasks
with fixed options have such a baseline.

    python scripts/text_baseline.py --edition PATH RUN...
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from builders.audit.facts import text_columns
from mceval8k import Task, get_task, load_task
from mceval8k.statistics import bootstrap_mean
from neurgrad_eval.inputs.stored import find_runs
from neurgrad_eval.probing.writing import RESULTS


def main(
    runs: Annotated[list[Path], typer.Argument(help="Folders that `neurgrad probe` wrote.")],
    edition: Annotated[str, typer.Option(help="The edition that they asked.")],
    seed: Annotated[int, typer.Option()] = 0,
) -> None:
    """Print the accuracy of the baseline for each run."""
    for run in find_runs(runs):
        if not (run / RESULTS).is_file():
            raise SystemExit(f"error: {run}: there is no finished run of `neurgrad probe`")
        task = get_task(json.loads((run / RESULTS).read_text())["task"])
        if task.fixed_options is None:
            print(f"{task.name}: its options are not fixed, so there is no such baseline")
            continue
        items = pd.read_parquet(run / "items.parquet")
        texts = read_texts(task, edition)
        parts = {name: items[items["split"] == name] for name in ("train", "test")}
        train, test = parts["train"], parts["test"]
        model = make_model(text_columns(task), seed)
        model.fit(texts.loc[train["id"]], train["label"], groups=train["group"])
        right = model.predict(texts.loc[test["id"]]) == test["label"].to_numpy()
        (found,) = bootstrap_mean(right[:, None], test["group"].tolist(), seed=seed)
        print(
            f"{task.name}: {found.value:.3f} [{found.low:.3f}, {found.high:.3f}] "
            f"({len(train)} training, {len(test)} test items, {model.best_params_})"
        )


def read_texts(task: Task, edition: str) -> pd.DataFrame:
    """Text columns of all items, by id."""
    splits = [split.to_pandas() for split in load_task(task.name, edition).values()]
    rows = pd.concat(splits).drop_duplicates("id").set_index("id")
    return rows[list(text_columns(task))].fillna("")


def make_model(columns: tuple[str, ...], seed: int) -> GridSearchCV:
    """Make a regression on words, pairs of words and logarithms of lengths of each column."""
    words = [(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), name) for name in columns]
    lengths = make_pipeline(FunctionTransformer(log_lengths), StandardScaler())
    features = make_column_transformer(*words, (lengths, list(columns)))
    model = Pipeline([("features", features), ("regression", LogisticRegression(max_iter=2000))])
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
    return GridSearchCV(model, {"regression__C": [0.1, 1, 10, 100]}, cv=folds)


def log_lengths(texts: pd.DataFrame) -> pd.DataFrame:
    """Logarithm of the number of characters of each text."""
    return texts.apply(lambda column: np.log1p(column.str.len()))


if __name__ == "__main__":
    typer.run(main)
