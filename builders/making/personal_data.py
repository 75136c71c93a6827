"""Addresses of persons in texts: which there are, and texts with masks in their place.

Found are IP addresses, versions 4 and 6, by which Wikipedia names editors without an account, and
e-mail addresses. What four numbers with dots mean, nobody can tell from them alone: a section
number of four parts is taken for an address, too. Names are not looked for.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

IP, EMAIL = "IP address", "e-mail address"

_FOUR = r"(?<!\w)(?<!\d\.)\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)"
_SIX = r"(?<!\w)(?<![0-9A-Fa-f]:)[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])"
_IP = re.compile(rf"{_FOUR}|{_SIX}")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PARTS = 4  # fewer than four numbers may be a time, or an indent of a talk page


def kinds(text: str) -> frozenset[str]:
    """Kinds of addresses in a text: `IP`, `EMAIL`."""
    found = {EMAIL} if _EMAIL.search(text) else set()
    if any(_is_ip(match.group()) for match in _IP.finditer(text)):
        found.add(IP)
    return frozenset(found)


def mask(text: str) -> str:
    """Text with `[IP address]` and `[e-mail address]` in the place of addresses."""
    return _IP.sub(_mask_ip, _EMAIL.sub(f"[{EMAIL}]", text))


def _mask_ip(match: re.Match[str]) -> str:
    return f"[{IP}]" if _is_ip(match.group()) else match.group()


def _is_ip(text: str) -> bool:
    if len([part for part in re.split("[.:]", text) if part]) < _PARTS:
        return False
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
