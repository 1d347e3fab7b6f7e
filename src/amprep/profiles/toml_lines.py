"""Where a key stands in a TOML file; the standard library's reader does not tell."""

from __future__ import annotations

import re

__all__ = ["KeyPath", "key_lines", "line_of"]

KeyPath = tuple[str | int, ...]

_KEY_PART = re.compile(r"""\s*(?:"((?:\\.|[^"\\])*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*""")
_TOKEN = re.compile(r'"""|' + r"'''|" + r'"(?:\\.|[^"\\])*"|' + r"'[^']*'|#.*|[\[\]{}]")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Line number, from 1, of every table and key of a TOML `text` that the reader has accepted.

    Keys inside an inline table are not listed: `line_of` finds them by the key that holds the table.
    """
    lines: dict[KeyPath, int] = {}
    arrays: dict[KeyPath, int] = {}
    table: KeyPath = ()
    depth, quote = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if depth or quote:
            depth, quote = _state_after(line, depth, quote)
            continue
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        if content.startswith("[["):
            name = _resolved(_key_parts(content[2:])[0], arrays, last=False)
            arrays[name] = arrays.get(name, -1) + 1
            table = (*name, arrays[name])
            lines.setdefault(name, number)
            lines[table] = number
        elif content.startswith("["):
            table = _resolved(_key_parts(content[1:])[0], arrays, last=True)
            lines.setdefault(table, number)
        else:
            parts, rest = _key_parts(content)
            for i in range(1, len(parts) + 1):
                lines.setdefault((*table, *parts[:i]), number)
            depth, quote = _state_after(rest, 0, "")
    return lines


def line_of(lines: dict[KeyPath, int], path: KeyPath) -> int:
    """Line of `path`, else of the closest table or key around it, else 1."""
    for stop in range(len(path), 0, -1):
        if path[:stop] in lines:
            return lines[path[:stop]]
    return 1


def _key_parts(text: str) -> tuple[tuple[str, ...], str]:
    """The parts of a dotted key at the start of `text`, and what follows it."""
    parts = []
    position = 0
    while match := _KEY_PART.match(text, position):
        parts.append(next(group for group in match.groups() if group is not None))
        position = match.end()
        if text[position : position + 1] != ".":
            break
        position += 1
    return tuple(parts), text[position:]


def _resolved(name: tuple[str, ...], arrays: dict[KeyPath, int], *, last: bool) -> KeyPath:
    """`name` with the current index behind every part that is an array of tables."""
    path: KeyPath = ()
    for i, part in enumerate(name):
        path = (*path, part)
        if path in arrays and (last or i < len(name) - 1):
            path = (*path, arrays[path])
    return path


def _state_after(line: str, depth: int, quote: str) -> tuple[int, str]:
    """Open brackets, and the open multi-line quote, after `line`."""
    position = 0
    while True:
        if quote:
            end = line.find(quote, position)
            if end < 0:
                return depth, quote
            position, quote = end + 3, ""
        match = _TOKEN.search(line, position)
        if match is None:
            return depth, ""
        token, position = match.group(), match.end()
        if token in {'"""', "'''"}:
            quote = token
        elif token in {"[", "{"}:
            depth += 1
        elif token in {"]", "}"}:
            depth -= 1
