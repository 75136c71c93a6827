"""Rankings from files, runs and DataFrames."""

from __future__ import annotations

import pandas as pd
import pytest

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.inputs.ranked import as_ranking, read_ranking
from neurgrad_eval.runs.folder import Manifest, finish

WIDTHS = (24, 24, 24)
PLAIN = {
    "layer": [0, 1, 1, 2],
    "neuron": [3, 6, 7, 23],
    "score": [1.0, -9.0, 5.0, 0.0],
    "orientation": [1, -1, 1, 0],
    "rank": [2, 0, 1, 3],
}
KNOWN = {"weights": "abc", "space": "hidden", "sign": "magnitude"}


def several():
    """Two rankings in one table."""
    first = pd.DataFrame(PLAIN).assign(ranking="magnitude")
    other = pd.DataFrame(PLAIN).assign(ranking="polarity", neuron=[1, 2, 3, 4], rank=range(4))
    return pd.concat([other, first])


def write_run(folder, table, about, *, finished=True):
    manifest = Manifest("rank", about, {})
    folder.mkdir()
    manifest.write(folder)
    if finished:
        finish(folder, manifest, lambda path: table.to_parquet(path / "neurons.parquet"))
    return folder


def test_a_ranking_is_read_in_its_order(tmp_path):
    table = pd.DataFrame(PLAIN)
    table.to_parquet(tmp_path / "a.parquet")
    table.to_csv(tmp_path / "a.csv", index=False)
    several().to_parquet(tmp_path / "b.parquet")
    run = write_run(tmp_path / "run", several(), KNOWN)
    for path in (tmp_path / "a.parquet", tmp_path / "a.csv", tmp_path / "b.parquet", run):
        found = read_ranking(path, "magnitude").top(3, WIDTHS)
        assert found.flat.tolist() == [30, 31, 3]
        assert found.orientation.tolist() == [-1, 1, 1]
    assert read_ranking(run, "polarity").top(2, WIDTHS).flat.tolist() == [1, 26]
    with pytest.raises(UsageError, match=r"4 neurons requested; 3 of .*a\.csv have an orientation"):
        read_ranking(tmp_path / "a.csv", "magnitude").top(4, WIDTHS)


def test_the_centred_ranking_is_taken_of_several():
    table = pd.concat([several(), pd.DataFrame(PLAIN).assign(ranking="centred", layer=2)])
    table["neuron"] = range(len(table))
    found = as_ranking(table).top(2, (24, 24, 24))
    assert found.flat.tolist() == [48 + 9, 48 + 10]


def test_a_whole_ranking_tells_every_orientation():
    table = pd.DataFrame(PLAIN).assign(layer=[1, 0, 0, 1], neuron=[1, 0, 1, 0])
    found = as_ranking(table).top(2, (2, 2))
    assert found.flat.tolist() == [0, 1]
    assert found.every.tolist() == [-1, 1, 0, 1]
    assert as_ranking(table).top(2, (2, 3)).every is None
    turned = table.assign(orientation=[-1, -1, 1, 0])  # of a neuron that is not among the first
    assert as_ranking(turned).top(2, (2, 2)).digest() != found.digest()


def test_a_data_frame_needs_no_more_than_neurons_and_scores():
    table = pd.DataFrame(PLAIN)
    by_rank = as_ranking(table).top(None, WIDTHS)
    assert by_rank.flat.tolist() == [30, 31, 3]
    by_row = as_ranking(table[["layer", "neuron", "score"]]).top(None, WIDTHS)
    assert by_row.flat.tolist() == [3, 30, 31]
    assert by_row.orientation.tolist() == [1, -1, 1]
    assert by_row.digest() != by_rank.digest()
    head = several().query("ranking == 'magnitude'").sort_values("rank").head(2)
    assert as_ranking(head).top(2, WIDTHS).digest() == as_ranking(table).top(2, WIDTHS).digest()


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"neuron": [3, 6, 6, 23]}, DataError, "twice"),
        ({"neuron": [3, 6, 7, 24]}, DataError, "another model"),
        ({"orientation": [1, 2, 1, 1]}, DataError, "not -1, 0 or 1"),
        ({"rank": [0.5, 1, 2, 3]}, DataError, "'rank' is not of whole numbers"),
        ({"rank": [None, 1, 2, 3]}, DataError, "'rank' is not of whole numbers"),
        ({"layer": ["a", "b", "c", "d"]}, DataError, "'layer' is not of numbers"),
        ({"ranking": "activation"}, UsageError, "that of 'activation' does not"),
    ],
)
def test_bad_rankings_are_named(changes, error, words):
    with pytest.raises(error, match=words):
        as_ranking(pd.DataFrame(PLAIN | changes)).top(2, WIDTHS)


def test_what_is_missing_is_named():
    with pytest.raises(DataError, match="neither a column 'orientation' nor 'score'"):
        as_ranking(pd.DataFrame(PLAIN)[["layer", "neuron"]]).top(1, WIDTHS)
    with pytest.raises(UsageError, match="no ranking 'centred': polarity, magnitude"):
        as_ranking(several())
    with pytest.raises(UsageError, match="no ranking 'activation': polarity, magnitude"):
        as_ranking(several(), "activation")
    with pytest.raises(UsageError, match="give a table with the columns"):
        as_ranking([(0, 1), (1, 2)])


def test_what_is_no_ranking_is_named(tmp_path):
    (tmp_path / "a.parquet").write_text("no")
    (tmp_path / "a.txt").write_text("no")
    with pytest.raises(DataError, match=r"a\.parquet"):
        read_ranking(tmp_path / "a.parquet", None)
    with pytest.raises(UsageError, match=r"\.parquet or \.csv"):
        read_ranking(tmp_path / "a.txt", None)
    with pytest.raises(UsageError, match=r"b\.csv: there is no such file"):
        read_ranking(tmp_path / "b.csv", None)
    with pytest.raises(UsageError, match="no run of neurgrad"):
        read_ranking(tmp_path, None)


def test_a_run_is_read_only_if_it_is_whole(tmp_path):
    with pytest.raises(UsageError, match="not finished"):
        read_ranking(write_run(tmp_path / "a", several(), KNOWN, finished=False), "polarity")
    run = write_run(tmp_path / "b", several(), KNOWN)
    several().head(5).to_parquet(run / "neurons.parquet")
    with pytest.raises(UsageError, match="was changed"):
        read_ranking(run, "polarity")


def test_a_ranking_of_something_else_is_refused(tmp_path):
    run = write_run(tmp_path / "run", several(), KNOWN)
    ranking = read_ranking(run, "polarity")
    ranking.check_origin(KNOWN)
    as_ranking(pd.DataFrame(PLAIN)).check_origin(KNOWN)
    with pytest.raises(UsageError, match="run: the ranking's sign is magnitude, not signed"):
        ranking.check_origin(KNOWN | {"sign": "signed"})


def test_a_ranking_serves_both_spaces_under_magnitude_alone(tmp_path):
    ranking = read_ranking(write_run(tmp_path / "run", several(), KNOWN), "polarity")
    ranking.check_origin(KNOWN | {"space": "up"})
    for sign in ("signed", "paper"):
        known = KNOWN | {"sign": sign}
        ranking = read_ranking(write_run(tmp_path / sign, several(), known), "polarity")
        with pytest.raises(UsageError, match="the ranking's space is hidden, not up"):
            ranking.check_origin(known | {"space": "up"})
