"""Where prompt packs come from: the package's own ones and YAML files of the user."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from mceval8k.errors import DataError, UsageError
from mceval8k.prompts.parsing import mapping, parse, read
from mceval8k.prompts.prompting import Pack, TaskWording

__all__ = ["DEFAULT", "Pack", "TaskWording", "embedded_packs", "load_pack"]

DEFAULT = "default"


def load_pack(name_or_path: str | Path = DEFAULT) -> Pack:
    """Read a pack by the name of an embedded one or by the path of a YAML file.

    A pack states what differs from the default pack; the rest is the default's.

    Raises
    ------
    UsageError
        There is no such pack.
    DataError
        The file is not a pack; the message names file and field.
    """
    where = str(name_or_path)
    base = read(_embedded(DEFAULT), DEFAULT)
    if where == DEFAULT:
        return parse(base, DEFAULT)
    own = read(_text(name_or_path), where)
    if "name" not in own:
        raise DataError(f"pack {where}: field 'name' is missing")
    by_language = {name: {**base[name], **mapping(own, name, where)} for name in ("cue", "reply")}
    return parse({**base, "description": "", **own, **by_language}, where)


def embedded_packs() -> tuple[str, ...]:
    """Names of the packs that come with the package, the default one first."""
    folder = resources.files("mceval8k.prompts") / "packs"
    names = (file.name[:-5] for file in folder.iterdir() if file.name.endswith(".yaml"))
    return tuple(sorted(names, key=lambda name: (name != DEFAULT, name)))


def _text(name_or_path: str | Path) -> str:
    path = Path(name_or_path)
    if path.suffix not in {".yaml", ".yml"}:
        return _embedded(str(name_or_path))
    if not path.is_file():
        raise UsageError(f"pack {path}: no such file")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise DataError(f"pack {path}: not UTF-8 text") from None


def _embedded(name: str) -> str:
    if name not in embedded_packs():
        known = ", ".join(embedded_packs())
        raise UsageError(f"unknown pack {name!r}: give a .yaml file or one of: {known}")
    return (resources.files("mceval8k.prompts") / "packs" / f"{name}.yaml").read_text("utf-8")
