"""Rates: what things cost, from ``rates.toml``, a file of the user's own, or ``[cost]`` of a job file.

From one list come the model of the files, that of the job file's table, their JSON Schema and the page of
the manual. A rate (EUR per hour, kilogram, cubic metre, kilowatt-hour) is above 0; an amount (hours per job
or part, EUR per platform) may be 0, as there are jobs without. What a file leaves out is as shipped.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, WithJsonSchema, create_model

from amprep.errors import FileContentError, UsageError, did_you_mean
from amprep.model.cost import ANY, Rates
from amprep.model.notice import Notice
from amprep.model.provenance import Grade, GradedValue
from amprep.profiles.graded import GradedNumber
from amprep.profiles.store import list_machines, list_materials, plain_name, profiles_root
from amprep.profiles.toml_file import (
    FileModel,
    FileVersion,
    Later,
    Number,
    read_toml,
    told_faults,
    validate_source,
)
from amprep.profiles.units import unit_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile

__all__ = [
    "COST_TABLE",
    "GASES",
    "RATES",
    "Rate",
    "find_rates",
    "has_rate",
    "rate_of",
    "rate_remarks",
    "rates_model",
    "with_own_rates",
]


@dataclass(frozen=True, slots=True)
class Rate:
    """A key of ``rates.toml``; the unit stands in its name."""

    key: str
    text: str
    high: float
    """The most that is believed."""
    by: str = ""
    """What the table's keys are: ``machine``, ``material`` or ``gas``; empty for a number alone."""
    is_amount: bool = False
    """May be 0."""


#: All rates and amounts, in the order of the manual.
RATES = (
    Rate("machine_eur_h", "An hour of the machine, from inerting to the end of cooling.", 10_000, "machine"),
    Rate("powder_eur_kg", "Powder used up; default: the price in the material's profile.", 1e5, "material"),
    Rate("gas_eur_m3", "Inert gas, by kind: `argon`, `nitrogen`.", 10_000, "gas"),
    Rate("energy_eur_kwh", "Electrical energy.", 100),
    Rate("labour_eur_h", "An hour of labour: set-up, unpacking, finishing.", 10_000),
    Rate("platform_eur", "Resurfacing and wear of the platform, per job.", 1e6, "machine", is_amount=True),
    Rate("set_up_per_job_h", "Labour before the job: data, platform, powder.", 1000, is_amount=True),
    Rate("set_up_per_part_h", "The same, more for each part.", 1000, is_amount=True),
    Rate("finishing_per_job_h", "Labour after unpacking: heat treatment, sawing.", 1000, is_amount=True),
    Rate("finishing_per_part_h", "The same, more for each part.", 1000, is_amount=True),
)

_BY_KEY = {rate.key: rate for rate in RATES}

#: Words for gases, and the kinds that rates are told by.
GASES = {"ar": "argon", "argon": "argon", "n2": "nitrogen", "nitrogen": "nitrogen"}


def _checked(rate: Rate, given: Any) -> Any:
    """A number, or a graded one with its range, within what makes sense."""
    if given is None:
        return given
    value = getattr(given, "value", given)
    for number in (value, *(getattr(given, "range", None) or ())):
        if number < 0:
            raise ValueError(
                f"{number:g} is negative: must be {'0 or more' if rate.is_amount else 'above 0'}"
            )
        if number == 0 and not rate.is_amount:
            raise ValueError("0 is no rate: must be above 0")
        if number > rate.high:
            raise ValueError(f"{number:g} is more than {rate.high:g} {unit_of(rate.key)}")
    return given


def _by_name(rate: Rate, given: Any) -> Any:
    """One number for all counts as the table's default."""
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if is_number or (isinstance(given, dict) and "value" in given):
        return {ANY: given}
    if not isinstance(given, dict):
        raise ValueError(f"needs a number, or a table of numbers by {rate.by}")  # noqa: TRY004
    return given


def _own_place(rate: Rate, given: dict[str, Any]) -> dict[str, Any]:
    """Refuse two rows for one machine, material or gas, and a misspelt gas: of these there are few."""
    rows: dict[str, str] = {}
    for name in given:
        row = rows.setdefault(_row(rate.by, name), name)
        if row != name:
            raise ValueError(f'"{row}" and "{name}" are the same {rate.by}: one row for both')
        meant = did_you_mean(name, [*GASES, ANY]) if rate.by == "gas" else ""
        if meant and _row(rate.by, name) not in {*GASES.values(), ANY}:
            raise ValueError(f'unknown gas "{name}".{meant}')
    return given


def _row(by: str, name: str) -> str:
    """What a row of a table is about: the id where a shipped machine, material or gas has this name."""
    return _ids(by).get(plain_name(name), plain_name(name))


def _profiles(by: str) -> Sequence[MachineProfile | MaterialProfile]:
    return list_machines() if by == "machine" else list_materials()


@cache
def _ids(by: str) -> dict[str, str]:
    """Plain ids by the plain forms of ids and aliases."""
    if by == "gas":
        return GASES
    return {
        plain_name(word): plain_name(profile.id)
        for profile in _profiles(by)
        for word in (profile.id, *profile.aliases)
    }


def _graded_field(rate: Rate) -> Any:
    number: Any = Annotated[GradedNumber, AfterValidator(partial(_checked, rate))]
    if rate.by:
        number = Annotated[
            dict[str, number],
            BeforeValidator(partial(_by_name, rate)),
            AfterValidator(partial(_own_place, rate)),
        ]
    return Annotated[number | None, Field(description=rate.text, json_schema_extra=_also_bare)]


def _also_bare(schema: dict[str, Any]) -> None:
    """Say in a JSON Schema that bare numbers will do."""
    bare = {"type": "number"}
    for entry in schema["anyOf"]:
        if "additionalProperties" in entry:
            entry["additionalProperties"] = {"anyOf": [bare, entry["additionalProperties"]]}
    schema["anyOf"] = [bare, *schema["anyOf"]]


def _bare_field(rate: Rate) -> Any:
    low = {"minimum" if rate.is_amount else "exclusiveMinimum": 0.0}
    shape = {"type": "number", **low, "maximum": rate.high}
    number: Any = Annotated[Number, AfterValidator(partial(_checked, rate)), WithJsonSchema(shape)]
    extra: Any = {"unit": unit_of(rate.key)}
    return Annotated[number | None, Field(description=rate.text, json_schema_extra=extra)]


class _RatesFile(FileModel):
    amprep: FileVersion = 1


@cache
def rates_model() -> Any:
    """Model of a file of rates; what the file leaves out is None."""
    fields_of: Any = {rate.key: (_graded_field(rate), None) for rate in RATES}
    return create_model("RatesFile", __base__=_RatesFile, **fields_of)


@cache
def _cost_model() -> Any:
    fields_of: Any = {rate.key: (_bare_field(rate), None) for rate in RATES}
    return create_model("CostTable", __base__=FileModel, **fields_of)


#: Type of ``[cost]`` in a job file: bare numbers for this job's machine, material and gas.
COST_TABLE: Any = Annotated[Any, Later(_cost_model)]


def find_rates(path: str | Path | None = None) -> Rates:
    """The rates of a file, and the shipped ones, all of them assumed, for what it leaves out.

    Parameters
    ----------
    path : str or Path, optional
        Default: the shipped ``rates.toml`` alone.

    Raises
    ------
    FileContentError
        E301 with all faults, E302 when the file cannot be read.

    """
    shipped = _read(profiles_root() / "rates.toml")
    if path is None:
        return shipped
    source = read_toml(path)
    given = _values(validate_source(rates_model(), source))
    return _laid_over(shipped, given, path=source.path, sha256=source.sha256)


def with_own_rates(rates: Rates, own: Mapping[str, float]) -> Rates:
    """Rates with the values of a job's ``[cost]``, which hold for its machine, material and gas.

    Parameters
    ----------
    rates : Rates
    own : mapping
        Numbers by key, as in `RATES`.

    Raises
    ------
    UsageError
        E104 with all faults.

    """
    try:
        table = _cost_model().model_validate(dict(own))
    except ValidationError as error:
        faults = told_faults(_cost_model(), dict(own), error.errors(include_url=False))
        raise UsageError(
            "; ".join(faults), code="E104", where="cost", fix="amprep schema rates-page"
        ) from None
    given: dict[str, Any] = {}
    for key, number in table:
        if number is not None:
            value = GradedValue(number, Grade.USER, ("USER",))
            given[key] = {ANY: value} if _BY_KEY[key].by else value
    return _laid_over(rates, given, path=rates.path, sha256=rates.sha256)


def rate_of(rates: Rates, key: str, names: Sequence[str]) -> GradedValue:
    """A rate from one of the tables.

    Parameters
    ----------
    rates : Rates
    key : str
        Such as ``machine_eur_h``.
    names : sequence of str
        Under which it may stand, the most particular first; spelling as in `find_machine`.

    Raises
    ------
    FileContentError
        E364 when it stands under none of them and there is no default.

    """
    rate, table = _BY_KEY[key], getattr(rates, key)
    found = _named(rate.by, table, names)
    if found is not None:
        return found
    raise FileContentError(
        f'the rates have no {key} for the {rate.by} "{names[0]}"',
        code="E364",
        where=rates.path,
        why=f"known: {', '.join(table) or 'none'}",
        fix=f"add under [{key}]: {names[0]} = NUMBER; or [cost] {key} = NUMBER in the job file",
    )


def has_rate(rates: Rates, key: str, names: Sequence[str]) -> bool:
    """Whether a table has a rate under one of these names, or a default."""
    return _named(_BY_KEY[key].by, getattr(rates, key), names) is not None


def rate_remarks(rates: Rates, names: Mapping[str, Sequence[str]]) -> list[Notice]:
    """Remarks W466 on rows for what is neither shipped nor of the job: perhaps misspelt, and not used.

    Parameters
    ----------
    rates : Rates
    names : mapping
        What the job's machine, material and gas are called, by ``machine``, ``material`` and ``gas``.

    """
    notices = []
    for rate in RATES:
        if not rate.by:
            continue
        known = sorted(set(GASES.values())) if rate.by == "gas" else [one.id for one in _profiles(rate.by)]
        here = {_row(rate.by, name) for name in (*known, *names[rate.by], ANY)}
        for name, value in getattr(rates, rate.key).items():
            if _row(rate.by, name) in here:
                continue
            text = f'[{rate.key}] {name} = {value.value:g} is not used: unknown {rate.by} "{name}"'
            meant = did_you_mean(name, [*names[rate.by], *known])
            own = "" if rate.by == "gas" else ", and the id of a profile of your own with -m or -M"
            hint = f"known: {', '.join(dict.fromkeys([*known, ANY]))}{own}"
            notices.append(Notice("W466", text + (f".{meant}" if meant else ""), where=rates.path, hint=hint))
    return notices


def _named(by: str, table: Mapping[str, GradedValue], names: Sequence[str]) -> GradedValue | None:
    known = {_row(by, name): value for name, value in table.items()}
    return next((known[_row(by, name)] for name in (*names, ANY) if _row(by, name) in known), None)


def _read(path: Path) -> Rates:
    source = read_toml(path)
    given: dict[str, Any] = {rate.key: {} for rate in RATES if rate.by}
    given |= _values(validate_source(rates_model(), source))
    return Rates(**given, path=source.path, sha256=source.sha256)


def _values(file: Any) -> dict[str, Any]:
    """What a file gives, by key: a value, or values by name."""
    given: dict[str, Any] = {}
    for rate in RATES:
        entry = getattr(file, rate.key)
        if isinstance(entry, dict):
            given[rate.key] = {name: _value(number) for name, number in entry.items()}
        elif entry is not None:
            given[rate.key] = _value(entry)
    return given


def _value(number: Any) -> GradedValue:
    low, high = number.range or (None, None)
    return GradedValue(number.value, number.grade, number.sources, low, high, number.note)


def _laid_over(rates: Rates, given: Mapping[str, Any], *, path: str, sha256: str) -> Rates:
    """Tables are merged name by name, unless the one given has a default, which then holds for all others."""
    merged = {field.name: getattr(rates, field.name) for field in fields(rates)}
    for key, value in given.items():
        if not _BY_KEY[key].by or ANY in value:
            merged[key] = value
        else:
            by = _BY_KEY[key].by
            named = {_row(by, name) for name in value}
            kept = {name: old for name, old in merged[key].items() if _row(by, name) not in named}
            merged[key] = kept | value
    return Rates(**merged | {"path": path, "sha256": sha256})
