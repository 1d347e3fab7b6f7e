"""The tables of exposure parameters as models: with grades for process files, bare for job files."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from functools import cache, partial
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Strict, create_model, field_validator, model_validator

from amprep.model.exposure import (
    TABLES,
    ContourExposure,
    EdgeExposure,
    Filters,
    HatchExposure,
    LaserSharing,
    Scaling,
    SkinExposure,
)
from amprep.profiles.graded import GradedNumber, GradedNumberList, GradedWord, graded
from amprep.profiles.parameters import PARAMETERS, Parameter
from amprep.profiles.toml_file import FileModel, Later, Number, Within
from amprep.profiles.units import unit_of

__all__ = ["GRADED_TABLES", "PLAIN_TABLES", "LayerRange", "ReexposureFile", "default_of", "rule_model"]

#: What holds the defaults of a table that are not another table's.
_NOUNS: dict[str, tuple[type, ...]] = {
    "core": (HatchExposure,),
    "contour": (ContourExposure,),
    "upskin": (SkinExposure,),
    "downskin": (SkinExposure,),
    "edge": (EdgeExposure,),
    "support": (),
    "filters": (Filters,),
    "scaling": (Scaling,),
    "lasers": (LaserSharing,),
}


def _default(table: str, key: str) -> Any:
    """Graded default of a parameter, or None."""
    for noun in _NOUNS[table]:
        for field in fields(noun):
            if field.name == key and field.default is not MISSING:
                return field.default
    return None


def _described(table: str, parameter: Parameter) -> dict[str, Any]:
    """What the JSON Schema says beside type and limits."""
    default = _default(table, parameter.key)
    extra: dict[str, Any] = {"unit": unit_of(parameter.key)}
    if parameter.words:
        extra = {"words": list(parameter.words)}
    else:
        extra |= {"low": parameter.low, "high": parameter.high}
    if parameter.is_whole:
        extra["multipleOf"] = 1
    if default is not None:
        value = list(default.value) if parameter.is_list else default.value
        extra |= {"amprep_default": value, "grade": str(default.grade), "source": list(default.sources)}
        if default.note:
            extra["note"] = default.note
    elif not parameter.is_required:
        followed = f"as in [{_followed(table, parameter)}]"
        extra |= {"amprep_default": followed, "source": followed}
    else:
        extra |= {"amprep_default": "from the process profile", "source": "the process profile"}
    return extra


def default_of(table: str, parameter: Parameter) -> str:
    """The default as words, with its grade."""
    default = _default(table, parameter.key)
    if default is None:
        return "from the process" if parameter.is_required else f"as in [{_followed(table, parameter)}]"
    value = default.value
    shown = f"{value:g}" if isinstance(value, float) else value or "none"
    return f"{shown} ({str(default.grade).replace('_', ' ')})"


def _followed(table: str, parameter: Parameter) -> str:
    """The table whose value holds where one has none of its own."""
    return "contour" if table == "edge" or parameter.key.startswith("contour_") else "core"


def _whole(value: Any) -> Any:
    number = getattr(value, "value", value)
    if number is not None and number != round(number):
        raise ValueError(f"needs a whole number, has {number:g}")
    return value


@cache
def _table(name: str, *, is_graded: bool, is_rules: bool = False) -> Any:
    """Model of a table; a rule's table has only what differs."""
    made: dict[str, Any] = {}
    for parameter in PARAMETERS[name]:
        kind: Any
        if parameter.words:
            word: Any = Literal[parameter.words]
            kind = _graded_word(parameter.words) if is_graded else word
        elif parameter.is_list:
            numbers = tuple[Annotated[Number, Within(parameter.low, parameter.high)], ...]
            kind = GradedNumberList if is_graded else numbers
        else:
            kind = Annotated[GradedNumber if is_graded else Number, Within(parameter.low, parameter.high)]
        about: Any = {"description": parameter.text, "json_schema_extra": _described(name, parameter)}
        if is_graded and parameter.is_required and not is_rules:
            made[parameter.key] = (kind, Field(**about))
        else:
            made[parameter.key] = (kind | None, Field(None, **about))
    checks: Any = {f"whole_{p.key}": field_validator(p.key)(_whole) for p in PARAMETERS[name] if p.is_whole}
    title = ("Graded" if is_graded else "") + name.title() + ("Rule" if is_rules else "")
    return create_model(title, __base__=FileModel, __validators__=checks, **made)


@cache
def _graded_word(words: tuple[str, ...]) -> Any:
    value: Any = (Literal[words], ...)
    model = create_model("Word", __base__=GradedWord, value=value)
    return Annotated[model, BeforeValidator(graded)]


def _later(name: str, *, is_graded: bool, is_rules: bool = False) -> Any:
    return Annotated[Any, Later(partial(_table, name, is_graded=is_graded, is_rules=is_rules))]


#: Types of the tables of a process file, by name.
GRADED_TABLES: dict[str, Any] = {name: _later(name, is_graded=True) for name in TABLES}

#: Types of the same tables where values stand alone: in job files.
PLAIN_TABLES: dict[str, Any] = {name: _later(name, is_graded=False) for name in TABLES}

#: What can be exposed once more.
_REGIONS = Literal[
    "core", "upskin", "downskin", "contour", "upskin_contour", "downskin_contour", "edge", "support",
    "support_contour",
]  # fmt: skip


#: How a rule names its layers, for Python and JSON Schema alike; of other scripts, as １..２０, no digits.
_LAYERS = r"^(?=[^0-9]*[0-9])\s*(?:([0-9]{1,9})|([0-9]{1,9})?\s*\.\.\s*([0-9]{1,9})?)\s*$"


class ReexposureFile(FileModel):
    """Regions that are exposed once more."""

    regions: Annotated[tuple[_REGIONS, ...], Field(min_length=1)]
    when: Literal["before", "after"] = "after"
    """Of all other exposures of the part in the layer."""
    laser_power_w: Annotated[Number, Within(5, 4_000)] | None = None
    """Default: as the first time."""
    scan_speed_mm_s: Annotated[Number, Within(5, 20_000)] | None = None


class LayerRange(FileModel):
    """Layers of a rule, numbered from 1."""

    layers: Annotated[str | None, Field(json_schema_extra={"pattern": _LAYERS})] = None
    """One layer ``"5"``, or first and last ``"1..20"``, ``"21.."``, ``"..20"``."""
    every: Annotated[int, Strict(), Field(ge=1, le=1_000_000)] = 1
    """Each so many-th layer: 5, 10, 15 …; with a range from its first layer on."""

    @field_validator("layers")
    @classmethod
    def _is_range(cls, given: str | None) -> str | None:
        if given is not None:
            first, last = _ends(given)
            if first < 1 or (last is not None and last < first):
                raise ValueError(f'"{given}" names no layer; layers count from 1')
        return given

    @property
    def ends(self) -> tuple[int, int | None]:
        """First and last layer; None for the topmost."""
        return (1, None) if self.layers is None else _ends(self.layers)


def _ends(text: str) -> tuple[int, int | None]:
    match = re.fullmatch(_LAYERS, text)
    if match is None:
        raise ValueError(f'needs layers such as "1..20", "21..", "..20" or "5", has "{text}"')
    single, first, last = match.groups()
    if single:
        return int(single), int(single)
    return int(first or 1), int(last) if last else None


class _Rule(LayerRange):
    reexpose: ReexposureFile | None = None

    @model_validator(mode="after")
    def _does_something(self) -> _Rule:
        if self.reexpose is None and not any(self._has_values(name) for name in (*TABLES, "hatch")):
            raise ValueError("the rule changes nothing")
        # What is exposed once more everywhere is told by no other table.
        if self.layers is None and self.every == 1 and self.reexpose is None:
            raise ValueError('needs layers = "1..20" or every = 5; what holds everywhere needs no rule')
        return self

    def _has_values(self, name: str) -> bool:
        table = getattr(self, name, None)
        return table is not None and any(value is not None for _, value in table)


def rule_model(core: str) -> Any:
    """Model of a rule that gives other parameters to some layers; `core` is what the file calls the core.

    In a process file, where that is ``core``, values may have grade and sources.
    """
    is_graded = core == "core"
    names = {(core if name == "core" else name): name for name in TABLES if name not in {"scaling", "lasers"}}
    tables: Any = {
        key: (_later(name, is_graded=True, is_rules=True) if is_graded else PLAIN_TABLES[name], None)
        for key, name in names.items()
    }
    return create_model("Rule", __base__=_Rule, **tables)
