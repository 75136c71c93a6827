"""The one reader of samples: a file and a run in memory give the same."""

from __future__ import annotations

import json

from lm_eval.utils import sanitize_list

from harness.samples.answers import option_table, read_answers
from harness.samples.sample import read_samples, samples_of


def logged(number, given):
    doc = {
        **{"id": f"mnli-{number}", "lang": "en", "question": "?", "options": ["a", "b"]},
        **{"label": 1, "group": "g", "prompt_symbols": ["A", "B"], "extra": {"deep": [1]}},
    }
    return {"doc_id": number, "doc": doc, "acc": 1.0, "filtered_resps": given, "filter": "none"}


def written(folder, samples):
    """As lm-eval writes samples: responses become strings."""
    path = folder / "samples_x_2026.jsonl"
    plain = [{**each, "filtered_resps": sanitize_list(each["filtered_resps"])} for each in samples]
    path.write_text("".join(json.dumps(each) + "\n" for each in plain))
    return path


def test_a_file_and_memory_give_the_same(tmp_path):
    scored = [logged(n, [(-1.5 - n, False), (-0.25, True)]) for n in (0, 1)]
    assert read_samples(written(tmp_path, scored), generated=False) == samples_of(scored)
    said = [logged(0, ["B"])]
    assert read_samples(written(tmp_path, said), generated=True) == samples_of(said)


def test_items_of_several_processes_are_put_in_order(tmp_path):
    """Two processes of `hf` hand in items 0, 2 and then 1, 3."""
    scored = [logged(n, [(-1.0 - n, False), (-0.5, True)]) for n in (0, 2, 1, 3)]
    samples = samples_of(scored)
    assert [sample.number for sample in samples] == [0, 1, 2, 3]
    table = option_table([read_answers("mnli", samples)]).to_pylist()
    assert [(row["item"], row["id"]) for row in table[::2]] == [(n, f"mnli-{n}") for n in range(4)]
    assert read_samples(written(tmp_path, scored), generated=False) == samples


def test_a_reply_may_be_none():
    assert samples_of([logged(0, [None])])[0].reply is None
