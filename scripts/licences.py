"""Write the table of licences in docs/publishing.md from the tasks' records (`make tasks`).

With `--check` nothing is written, and the exit status is 1 if the table is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

from builders.publishing.redistribution import is_redistributable
from mceval8k.files import write_text
from mceval8k.markdown_text import code, plain
from mceval8k.registry import all_tasks
from mceval8k.task import Task

PAGE = Path(__file__).parents[1] / "docs" / "publishing.md"
HEADING = "| task | licence of the upstream data | who states it | passed on |\n|---|---|---|---|\n"


def table(tasks: Collection[Task]) -> str:
    """Table of tasks, their licences, and whether an edition's rows may be passed on."""
    rows = (
        f"| {code(task.name)} | {plain(task.licence)} | {plain(task.licence_note)} | "
        f"{'yes' if is_redistributable(task, 'full') else 'no'} |\n"
        for task in tasks
    )
    return HEADING + "".join(rows)


def with_table(page: str, tasks: Collection[Task]) -> str:
    """Page with the table in the place of the one it has."""
    before, _, rest = page.partition(HEADING)
    _, _, after = rest.partition("\n\n")
    return f"{before}{table(tasks)}\n{after}"


def main() -> int:
    """Write or check the page."""
    page = PAGE.read_text(encoding="utf-8")
    wanted = with_table(page, all_tasks().values())
    if "--check" not in sys.argv[1:]:
        write_text(PAGE, wanted)
    elif page != wanted:
        print(f"{PAGE}: the table of licences is stale: run `make tasks`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
