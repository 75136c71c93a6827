"""Passwords, tokens and keys are taken out of whatever is written down or printed.

They are found by the name before them (`hf_token=…`, `"password": …`, `Authorization: Bearer …`,
`--api-key …`), by their place in an address (`http://user:…@host`) and by their own form (`hf_…`,
`sk-…`). Rather too much is hidden than too little: of a header, all is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"

_ALWAYS = frozenset(
    """
    password passwd pwd passphrase passcode secret secrets credential credentials apikey
    jwt cookie cookies signature sig sas bearer auth authorization header headers
    """.split()  # noqa: SIM905
)
_KEYS = frozenset(
    """
    api access private secret auth account license licence signing encryption subscription
    """.split()  # noqa: SIM905
)
_VOCABULARY = frozenset(
    """
    bos eos pad unk mask cls sep image special stop think start end begin prefix suffix
    next first last new answer gen per max min num
    """.split()  # noqa: SIM905
)
"""Words before `token` that make it one of a vocabulary."""
_FLAGS = frozenset({"true", "false", "none", "null"})
"""Values of `token=` that say only whether there is one."""
_MODEL_ARGUMENTS = (
    "pretrained|model|base_url|tokenizer|tokenizer_backend|tokenized_requests|num_concurrent|"
    "max_length|max_retries|max_gen_toks|timeout|dtype|revision|batch_size|seed|eos_string|"
    "verify_certificate|trust_remote_code|peft|device"
)

_PLAIN = r"[^\s,;&\"')}\]]+"
_VALUE = re.compile(
    rf"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\{{[^{{}}]*\}}"
    rf"|(?:Bearer|Basic|Token)\s+{_PLAIN}|{_PLAIN}",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?<![\w.-])(?:(?:--)?(?P<name>[A-Za-z][\w.-]*)[\"']?\s*[=:]\s*|--(?P<option>[A-Za-z][\w-]*)\s+)"
)
_HEADER = re.compile(
    rf"(?P<start>\bheaders?[\"']?\s*[=:]\s*)(?:\{{[^{{}}]*\}}|.*?(?=,(?:{_MODEL_ARGUMENTS})=|\Z))",
    re.IGNORECASE | re.DOTALL,
)
_BEARER = re.compile(rf"\b(Bearer|Basic)\s+{_PLAIN}", re.IGNORECASE)
_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]{1,20}://)[^\s/@\"']+@", re.IGNORECASE)
_FORMS = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{16,}|sk-[\w-]{16,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|xox[abprs]-[\w-]{10,}|"
    r"AKIA[A-Z0-9]{12,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
)


def redact(text: str) -> str:
    """Text with `***` in the place of everything that looks like a secret."""
    text = text.replace("deserializing header: ", "deserializing header, ")  # of safetensors
    text = _ADDRESS.sub(rf"\g<scheme>{HIDDEN}@", text)
    text = _HEADER.sub(rf"\g<start>{HIDDEN}", text)
    text = _without_named(text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    return _FORMS.sub(HIDDEN, text)


def redact_all(value: Any) -> Any:
    """Copy of a JSON value in which secrets are hidden, also under the keys of mappings."""
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if isinstance(inner, str) and is_secret(str(key)) else redact_all(inner)
            for key, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redact_all(inner) for inner in value]
    return redact(value) if isinstance(value, str) else value


def is_secret(name: str) -> bool:
    """Whether what bears this name is kept from others: `hf_token` is, `pad_token` is not."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    *before, last = re.split(r"[_.\-\s]+", spaced.lower().strip("_.- ")) or [""]
    if last in _ALWAYS:
        return True
    if last in ("token", "tok"):
        return not before or before[-1] not in _VOCABULARY
    return last in ("key", "id") and any(word in _KEYS for word in before) and before[-1] != "model"


def _without_named(text: str) -> str:
    parts: list[str] = []
    place = 0
    for named in _NAMED.finditer(text):
        if named.start() < place or not is_secret(named["name"] or named["option"]):
            continue
        value = _VALUE.match(text, named.end())
        if value is None:
            continue
        quote = value[0][0] if value[0][0] in "\"'" else ""
        if value[0].strip("\"'").lower() not in _FLAGS:
            parts += [text[place : named.end()], quote, HIDDEN, quote]
            place = value.end()
    return "".join([*parts, text[place:]])
