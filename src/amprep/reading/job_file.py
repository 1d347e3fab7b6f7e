"""The job file ``job.toml``: machine, material, layer thickness, overrides and parts.

Every key carries its unit; unknown keys are refused with file, line and the nearest known key. Paths are
relative to the job file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, Strict, ValidationError, create_model, field_validator

from amprep.errors import UsageError
from amprep.model.exposure import ORDERS, TABLES
from amprep.model.mending import CRACK_TOLERANCE_MM
from amprep.profiles.rates import COST_TABLE
from amprep.profiles.tables import PLAIN_TABLES, rule_model
from amprep.profiles.toml_file import FileModel, FileVersion, Number, Within, told_faults, validate_toml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = [
    "TABLE_NAMES",
    "JobFile",
    "PartEntry",
    "job_file_of",
    "part_tables",
    "read_job_file",
    "with_tables",
]

_Count = Annotated[int, Strict(), Within(1, 10_000)]


#: Our name of each table of parameters, and its name in a job file.
TABLE_NAMES = {name: ("hatch" if name == "core" else name) for name in TABLES}

_PLAIN: Any = {key: (PLAIN_TABLES[name], None) for name, key in TABLE_NAMES.items()}

#: Values of a part alone, which replace those of the job.
PartExposure: Any = create_model(
    "PartExposure",
    __base__=FileModel,
    **{key: table for key, table in _PLAIN.items() if key not in {"scaling", "filters", "lasers"}},
)


def part_tables(exposure: Any) -> dict[str, Any]:
    """The tables of a `PartExposure` by our names."""
    return {name: getattr(exposure, key, None) for name, key in TABLE_NAMES.items()}


class PartEntry(FileModel):
    """One part, or several equal ones."""

    file: str
    name: str | None = None
    """What messages call the part; default: the file's name without its ending."""
    item: _Count | None = None
    """Which part of a file that holds several, from 1; default: all of them."""
    unit: Literal["mm", "inch", "m", "cm", "um", "foot"] | None = None
    """Unit of the file; default: its own, or mm, said as an assumption."""
    count: _Count = 1
    position_mm: Annotated[
        tuple[float, ...] | None, Field(json_schema_extra={"minItems": 2, "maxItems": 3})
    ] = None
    """Middle of the part seen from above and, optionally, height of its lowest point; further copies
    follow along +x. Without it the parts are put in rows."""
    rotation_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Turned about x, then y, then z."""
    structure: Literal["part", "support"] = "part"
    """A support is exposed in its own way, and before the parts. Without a position it stands under the part
    listed before it, each copy under one of that part's: their files share coordinates."""
    exposure: PartExposure | None = None
    """Values for this part alone."""
    sha256: str | None = None
    """Of the file's content; a difference is remarked."""

    @field_validator("position_mm", mode="before")
    @classmethod
    def _is_position(cls, value: Any) -> Any:
        numbers = value if value is None else _numbers(value)
        if (numbers is None and value is not None) or (numbers is not None and len(numbers) not in {2, 3}):
            raise ValueError("must be [x, y] or [x, y, z] in mm")
        if numbers is not None and len(numbers) == 3 and numbers[2] < 0:
            raise ValueError(f"z must not lie below the platform, is {numbers[2]:g}")
        return numbers

    @field_validator("rotation_deg", mode="before")
    @classmethod
    def _is_rotation(cls, value: Any) -> Any:
        numbers = _numbers(value)
        if numbers is None or len(numbers) != 3:
            raise ValueError("must be [x, y, z] in degrees")
        return numbers


def _hosts(entries: Sequence[PartEntry]) -> list[PartEntry | None]:
    found: list[PartEntry | None] = []
    part: PartEntry | None = None
    for entry in entries:
        is_support = entry.structure == "support"
        found.append(part if is_support and entry.position_mm is None else None)
        part = part if is_support else entry
    return found


def _numbers(value: Any) -> tuple[float, ...] | None:
    """A list of finite numbers as a tuple; None for anything else."""
    if not isinstance(value, (list, tuple)):
        return None
    if any(isinstance(v, bool) or not isinstance(v, (int, float)) or not abs(v) < 1e6 for v in value):
        return None
    return tuple(float(v) for v in value)


class _Job(FileModel):
    """What is no table of parameters."""

    amprep: FileVersion = 1
    """Version of the file format."""
    name: str | None = None
    machine: str
    """Id, alias or path of a profile file."""
    material: str | None = None
    """Id, alias or path of a profile file; default: the machine's default material."""
    layer_thickness_mm: Annotated[Number, Within(1e-6, 1000)] | None = None
    process: str | None = None
    """Id or path of a process profile; default: by machine, material and layer thickness."""
    gap_mm: Annotated[Number, Within(0, 1000)] | None = None
    """Between parts that are put in rows."""
    fill: Literal["non-zero", "even-odd"] = "non-zero"
    """Where bodies overlap there is material; with even-odd there is none."""
    crack_tolerance_mm: Annotated[Number, Within(0, 0.1)] = CRACK_TOLERANCE_MM
    """Cracks up to this width are closed."""
    fill_holes: Annotated[bool, Strict()] = False
    """Holes wider than that are covered, not refused."""
    contour_order: Literal["first", "last"] | None = None
    """Contours before or after the hatch of their part; default: from the process."""
    part_order: Literal["against_gas", "as_listed"] | None = None
    """Of the parts in a layer; default: from the process."""
    rules: tuple[rule_model("hatch"), ...] = ()  # type: ignore[valid-type]
    """Other values for some layers; later rules win."""
    parts: Annotated[list[PartEntry], Field(min_length=1)]

    @property
    def hosts(self) -> list[PartEntry | None]:
        """Of each entry the part that it stands under; None for all but supports without a position."""
        return _hosts(self.parts)

    @field_validator("parts", mode="after")
    @classmethod
    def _stand_under_their_parts(cls, value: list[PartEntry]) -> list[PartEntry]:
        for number, (entry, host) in enumerate(zip(value, _hosts(value), strict=True), start=1):
            if host is None:
                continue
            if entry.count not in {1, host.count}:
                raise ValueError(
                    f"the support, entry {number}, has count = {entry.count}, the part that it stands under "
                    f"{host.count}: it gets one for each by itself"
                )
            if entry.rotation_deg not in {(0.0, 0.0, 0.0), host.rotation_deg}:
                raise ValueError(
                    f"the support, entry {number}, is turned in another way than the part that it stands "
                    "under: it turns with it by itself"
                )
        return value


#: Rates of this job, in place of those of the rates file; an empty table asks for the cost as well.
_COST: Any = {"cost": (COST_TABLE, None)}


class JobFile(create_model("_JobTables", __base__=_Job, **_PLAIN, **_COST)):  # type: ignore[misc]
    """The whole file."""

    def tables(self) -> dict[str, Any]:
        """The tables of parameters by our names."""
        return {name: getattr(self, key) for name, key in TABLE_NAMES.items()}


def job_file_of(given: Mapping[str, Any], parameters: Mapping[str, Any]) -> JobFile:
    """A job file from what was asked for without one.

    Parameters
    ----------
    given : mapping
        Keys of the file beside its tables of parameters.
    parameters : mapping
        Values by table and key, and orders, by the names of a job file.

    Raises
    ------
    UsageError
        E104 with all faults, in the words of job files.

    """
    unknown = [name for name in parameters if name not in {*TABLE_NAMES.values(), *ORDERS}]
    if unknown:
        raise UsageError(
            f'"{unknown[0]}" is no table of parameters; known: {", ".join(TABLE_NAMES.values())}',
            code="E104",
            fix="amprep schema parameters lists all, with their limits",
        )
    try:
        made: JobFile = JobFile.model_validate({**given, **parameters})
    except ValidationError as error:
        faults = told_faults(JobFile, {**given, **parameters}, error.errors(include_url=False))
        is_parameter = any(fault.partition(":")[0].partition(".")[0] in parameters for fault in faults)
        raise UsageError(
            "; ".join(faults),
            code="E104",
            fix="amprep schema parameters lists all, with their limits"
            if is_parameter
            else "see the docstring of amprep.assemble",
        ) from None
    return made


def with_tables(job_file: JobFile, parameters: Mapping[str, Any]) -> JobFile:
    """A job file with other values in its tables, and other orders, by its own names of table and key.

    Raises
    ------
    UsageError
        As `job_file_of`.

    """
    changed = {}
    for key, values in parameters.items():
        before = getattr(job_file, key, None) if key in TABLE_NAMES.values() else None
        kept = {} if before is None else before.model_dump(exclude_none=True)
        changed[key] = values if key in ORDERS else {**kept, **values}
    made = job_file_of({"machine": job_file.machine, "parts": [{"file": "-"}]}, changed)
    copy: JobFile = job_file.model_copy(update={key: getattr(made, key) for key in changed})
    return copy


def read_job_file(path: Path) -> JobFile:
    """Read and validate a job file.

    Raises
    ------
    FileContentError
        E301 with all faults at once, E302 when it cannot be read as TOML.

    """
    return validate_toml(JobFile, path)
