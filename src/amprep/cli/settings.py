"""Parameters as people set them on the command line: ``--set hatch.pattern=chess``."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from amprep.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["parameters_of"]


def parameters_of(settings: Iterable[str]) -> dict[str, Any]:
    """Tables of a job file from texts such as ``upskin.layers=3``, and its orders: ``contour_order=last``.

    Raises
    ------
    UsageError
        E104 for a text that is no TABLE.KEY=VALUE, or for a key that is set twice.

    """
    from amprep.model.exposure import ORDERS

    tables: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        table, dot, key = name.strip().partition(".")
        if table in ORDERS and not dot and value.strip():
            if table in tables:
                raise UsageError(f"{table} is set twice", code="E104", where="--set", fix="leave one out")
            tables[table] = value.strip().strip('"')
            continue
        if not (equals and dot and key and value.strip()):
            raise UsageError(
                f'"{setting}" names no parameter and its value',
                code="E104",
                where="--set",
                fix="--set TABLE.KEY=VALUE, as in --set hatch.pattern=chess; amprep schema job lists all",
            )
        if key in tables.setdefault(table, {}):
            raise UsageError(f"{table}.{key} is set twice", code="E104", where="--set", fix="leave one out")
        tables[table][key] = _value(value.strip())
    return tables


def _value(text: str) -> Any:
    """A number, a list, true or false as in a job file; anything else is a word."""
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return value if isinstance(value, bool | int | float | list) else text
