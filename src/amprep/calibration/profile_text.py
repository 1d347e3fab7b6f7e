"""TOML as text: values put in place of others, line by line, so that comments and order stay."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from amprep.profiles.toml_lines import key_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["plain_toml", "value_toml", "with_entries"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def with_entries(
    text: str,
    wanted: Mapping[tuple[str, ...], Any],
    removed: Sequence[tuple[str, ...]],
) -> str:
    """The text with other values; empty where a key does not stand on a line of its own.

    The caller reads the result again: in a file of unusual form it may not be what is wanted.
    """
    places = key_lines(text)
    lines = text.splitlines()
    after: dict[int, list[str]] = {}
    gone: set[int] = set()
    for path, value in wanted.items():
        line = places.get(path)
        entry = f"{_key(path[-1])} = {value_toml(value)}"
        if line is not None:
            if not lines[line - 1].lstrip().startswith(path[-1]):
                return ""
            # A comment behind the old value would mislead behind the new one.
            lines[line - 1] = entry
        elif len(path) == 1:
            # Behind the id, which every profile has.
            after.setdefault(places.get(("id",), 1), []).append(entry)
        elif path[:-1] in places:
            after.setdefault(places[path[:-1]], []).append(entry)
        else:
            return ""
    for path in removed:
        if path not in places:
            return ""
        gone.add(places[path])
    written = []
    for number, line_text in enumerate(lines, start=1):
        if number not in gone:
            written.append(line_text)
        written += after.get(number, [])
    return "\n".join(written) + "\n"


def value_toml(value: Any) -> str:
    """A value as TOML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON's escapes are TOML's; DEL is the one sign that only TOML refuses.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {value_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(value_toml, value)) + "]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def plain_toml(document: Mapping[str, Any]) -> str:
    """A whole file without comments: tables by their values, values on one line each."""
    lines = [f"{_key(k)} = {value_toml(v)}" for k, v in document.items() if not _is_table(v)]
    for key, value in document.items():
        if isinstance(value, list) and _is_table(value):
            for one in value:
                lines += ["", f"[[{_key(key)}]]", *(f"{_key(k)} = {value_toml(v)}" for k, v in one.items())]
        elif isinstance(value, dict):
            lines += ["", f"[{_key(key)}]", *(f"{_key(k)} = {value_toml(v)}" for k, v in value.items())]
    return "\n".join(lines) + "\n"


def _is_table(value: Any) -> bool:
    if isinstance(value, dict):
        return True
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else value_toml(key)
