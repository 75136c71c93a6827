"""The public names of a package, read off its `__init__` without importing it."""

from __future__ import annotations

import ast
from pathlib import Path


def public_names(package: Path) -> list[str]:
    """Where the public names of a package are defined.

    Parameters
    ----------
    package
        Its folder. A stub (`__init__.pyi`) goes before `__init__.py`; of the latter, the names in
        `__all__` are public.

    Returns
    -------
    list of str
        Full names such as `mceval8k.task.Task`, in the order of the names.
    """
    stub = package / "__init__.pyi"
    tree = ast.parse((stub if stub.exists() else stub.with_suffix(".py")).read_text("utf-8"))
    origins = dict(_imported(tree, package.name))
    wanted = _all(tree) or list(origins)
    return [origins[name] for name in sorted(wanted, key=str.lower) if name in origins]


def _imported(tree: ast.Module, package: str) -> list[tuple[str, str]]:
    return [
        (alias.asname or alias.name, f"{_module(node, package)}.{alias.name}")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and _module(node, package).startswith(package)
        for alias in node.names
    ]


def _module(node: ast.ImportFrom, package: str) -> str:
    return f"{package}.{node.module}" if node.level else str(node.module)


def _all(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    return []
