"""The site's own files, and the libraries it uses, taken from the packages that ship them.

DataTables comes from `itables` and Plotly from `plotly`: both are kept by others, are pinned like
every dependency, and are copied beside the pages so that nothing is asked of a server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from plotly.offline import get_plotlyjs

from mceval8k.errors import DataError

OWN = ("style.css", "theme.js", "table.js", "plots.js", "paired.js", "compare.js")
_EXPORT = re.compile(r"export\s*\{([^{}]*)\};?")


@cache
def assets() -> Mapping[str, str]:
    """Text of every file in `assets/`, by name."""
    own = resources.files("harness.leaderboard.site") / "static"
    tables = resources.files("itables") / "html"
    return {
        **{name: (own / name).read_text(encoding="utf-8") for name in OWN},
        "datatables.js": as_script((tables / "dt_bundle.js").read_text(encoding="utf-8")),
        "datatables.css": (tables / "dt_bundle.css").read_text(encoding="utf-8"),
        "plotly.js": get_plotlyjs(),
    }


def as_script(module: str) -> str:
    """DataTables' bundle as a plain script that defines `DataTable`.

    It is shipped as a module, and browsers load no modules into pages that were opened from a disk.

    Raises
    ------
    DataError
        The bundle exports no default.
    """
    exports = list(_EXPORT.finditer(module))
    listed = exports[-1][1].split(",") if exports else []
    names = {
        public.strip(): own.strip() for own, _, public in (x.partition(" as ") for x in listed)
    }
    if "default" not in names:
        raise DataError("the installed itables ships DataTables in a form that is not known here")
    start, end = exports[-1].span()
    body = f"{module[:start]}window.DataTable={names['default']};{module[end:]}"
    return f"(() => {{\n{body}\n}})();\n"
