"""Make the pictures of README and docs anew (`make pictures`), each from a run that is named here.

- `steering.png`: the notebook `examples/steering.ipynb`.
- `efficiency.png`: AG News of the released edition ($MCEVAL8K_SHARED or ../shared), the run of
  docs/findings.md; about ten minutes on two cores the first time, then kept in build/pictures.
- `leaderboard.png`: a board of twelve made-up models on all tasks, in a browser.

The same run gives the same picture. It takes kaleido, Playwright and a Chromium.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

from mceval8k.files import write_bytes
from mceval8k.registry import all_tasks
from neurgrad_eval.runs.result import load
from neurgrad_eval.smollm2 import ensure_smollm2
from scripts.notebooks import EXAMPLES, executed, first_picture
from tests.harness.leaderboard.result_files import make_run, write_run

ROOT = Path(__file__).parents[1]
DOCS, RUNS = ROOT / "docs", ROOT / "build" / "pictures"
PROBE = "--task agnews --train-size 400 --test-size 300 --validation-size 200 --neurons 64,256,1024"
EFFICIENCY = "--probes activation,centred,magnitude"
MODELS = 12


def steering() -> bytes:
    """The only figure of the notebook on steering."""
    os.environ["PLOTLY_RENDERER"] = "png"
    with TemporaryDirectory() as folder:
        notebook = nbformat.read(EXAMPLES / "steering.ipynb", as_version=4)
        return first_picture(executed(notebook, Path(folder)))


def efficiency() -> bytes:
    """Accuracy by number of neurons; runs that are there already are not run again."""
    released = Path(os.environ.get("MCEVAL8K_SHARED") or ROOT.parent / "shared") / "released"
    if not released.is_dir():
        raise SystemExit(f"efficiency.png needs the released edition: it is not at {released}")
    probes, out = RUNS / "agnews", RUNS / "efficiency"
    source = ("--model", str(ensure_smollm2()), "--edition", str(released))
    _neurgrad(probes, "probe", *source, *PROBE.split())
    _neurgrad(out, "efficiency", str(probes), *EFFICIENCY.split())
    picture: bytes = load(out).plot().to_image("png", width=960, height=440, scale=1)
    return picture


def leaderboard() -> bytes:
    """The first page of a board."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        for number in range(MODELS):
            name = f"lab{number % 4}/model-{number}{'-instruct' if number % 3 else '-base'}"
            skills = {task: (number + len(task) % 3) / 4 for task in all_tasks()}
            write_run(folder / "results" / str(number), *make_run(name, tasks=skills, n=40))
        command = ("build", str(folder / "results"), "--out", str(folder / "board"))
        program = [sys.executable, "-m", "mceval8k", "leaderboard", *command]
        env = {**os.environ, "MCEVAL8K_CACHE": place}
        subprocess.run(program, check=True, env=env, stdout=subprocess.DEVNULL)  # noqa: S603
        return _screenshot(folder / "board" / "site" / "index.html")


def _neurgrad(out: Path, *words: str) -> None:
    """Run a command of `neurgrad` unless its result is there."""
    if not (out / "result.json").is_file():
        program = [sys.executable, "-m", "neurgrad_eval", *words, "--out", str(out)]
        subprocess.run(program, check=True)  # noqa: S603


def _screenshot(page: Path) -> bytes:
    """A page as a browser shows it in a window of 1400 by 900 pixels."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=arguments)
        tab = browser.new_page(viewport={"width": 1400, "height": 900})
        tab.goto(page.as_uri())
        tab.wait_for_load_state("networkidle")
        picture: bytes = tab.screenshot()
        browser.close()
    return picture


PICTURES: dict[str, Callable[[], bytes]] = {
    made.__name__: made for made in (steering, efficiency, leaderboard)
}


def main(names: list[str]) -> int:
    """Make the pictures of these names, or all."""
    for name, made in PICTURES.items():
        if not names or name in names:
            write_bytes(DOCS / f"{name}.png", made())
            print(f"docs/{name}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
