"""The inverse of `profile_record`: the profiles of a job as they were used, from ``job.json``."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union

from amprep.model.provenance import GradedNumbers, GradedText, GradedValue

__all__ = ["recorded_profile"]

_Noun = TypeVar("_Noun")

#: Names that modules of the model import for annotations only.
_NAMES = {"Mapping": Mapping, "GradedNumbers": GradedNumbers, "GradedText": GradedText}


def recorded_profile(kind: type[_Noun], record: Any) -> _Noun:
    """A profile from its record; what an older record leaves out has its default.

    Raises
    ------
    TypeError, ValueError, KeyError
        When the record is not one of this kind.

    """
    if not isinstance(record, Mapping):
        raise TypeError(f"{kind.__name__} needs a table, has {record!r}")
    hints = _hints(kind)  # type: ignore[arg-type]
    given = {name: _made(hint, record[name]) for name, hint in hints.items() if name in record}
    return kind(**given)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind, localns={**_NAMES, "GradedValue": GradedValue})
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _made(hint: Any, record: Any) -> Any:
    """A value of the kind that an annotation says."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in {Union, types.UnionType}:
        return _one_of(inner, record)
    if origin is tuple:
        kinds = inner[:1] * len(record) if inner[1:] == (Ellipsis,) else inner
        return tuple(_made(one, value) for one, value in zip(kinds, record, strict=True))
    if origin is not None and isinstance(record, Mapping):
        return {key: _made(inner[1], value) for key, value in record.items()}
    if dataclasses.is_dataclass(hint):
        return recorded_profile(hint, record)  # type: ignore[arg-type]
    return hint(record) if isinstance(hint, type) and issubclass(hint, Enum) else record


def _one_of(kinds: tuple[Any, ...], record: Any) -> Any:
    """A value of the kind among several that its record shows."""
    if isinstance(record, Mapping):
        nouns = [kind for kind in kinds if dataclasses.is_dataclass(kind)]
        if len(nouns) > 1:
            value = record["value"]
            wanted = GradedText if isinstance(value, str) else GradedValue
            nouns = [GradedNumbers if isinstance(value, list) else wanted]
        return _made(nouns[0], record)
    if isinstance(record, list):
        return tuple(record)
    return record
