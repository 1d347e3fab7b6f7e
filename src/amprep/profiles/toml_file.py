"""A TOML file against a pydantic model: all faults at once, each with its line.

Profiles and job files go through the same two functions. A model for a file of its own derives from
`FileModel` and uses `Number` for numbers, `Within` for their limits::

    class Hatch(FileModel):
        hatch_distance_mm: Annotated[Number, Within(0.005, 1)]


    hatch = validate_toml(Hatch, "hatch.toml")

A fault reads ``FILE:LINE: dotted.key: message``, with the line of the file below it.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, ValidationError
from pydantic_core import PydanticCustomError, PydanticKnownError, core_schema

from amprep.errors import FileContentError
from amprep.profiles.suggestions import meant_key, other_unit
from amprep.profiles.toml_lines import KeyPath, key_lines, line_of

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

__all__ = [
    "FileModel",
    "FileVersion",
    "Later",
    "Number",
    "TomlSource",
    "Within",
    "read_toml",
    "told_faults",
    "validate_source",
    "validate_toml",
]

Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
"""A finite number; text and booleans are no numbers."""


def _whole(given: Any) -> Any:
    """A whole number as it is; for Python true and 1.0 are 1 as well."""
    if type(given) is not int:
        raise PydanticKnownError("int_type")
    return given


FileVersion = Annotated[Literal[1], BeforeValidator(_whole)]
"""Version of a file's format."""

_Model = TypeVar("_Model", bound=BaseModel)
_OUT_OF_LIMITS = "out_of_limits"
_RANGE_TOO_WIDE = "range_too_wide"
_LONGEST_EXCERPT = 96
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")

#: Beginnings of pydantic's words for faults of type, and what the file should have had there.
_NEEDED = {
    "finite_number": "a finite number",
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "string_type": "a text in quotes",
    "model_type": "a table",
    "dict_type": "a table",
    "model_attributes_type": "a table",
    "tuple_type": "a list in brackets",
    "list_type": "a list in brackets",
}


class FileModel(BaseModel):
    """Base of all tables in files: immutable, and unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Within:
    """Limits, both allowed, of a number, or of value and range of a graded number, in the unit of its key."""

    low: float
    high: float

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        described: dict[str, Any] = handler(schema)
        if described.get("type") in {"number", "integer"}:
            described |= {"minimum": self.low, "maximum": self.high}
        return described

    def _checked(self, item: Any) -> Any:
        if item is None:
            return item
        value = float(getattr(item, "value", item))
        if not self.low <= value <= self.high:
            limits = {"value": value, "low": self.low, "high": self.high}
            raise PydanticCustomError(_OUT_OF_LIMITS, "must lie between {low} and {high}, is {value}", limits)
        for end in getattr(item, "range", None) or ():
            if not self.low <= end <= self.high:
                limits = {"end": end, "low": self.low, "high": self.high}
                raise PydanticCustomError(
                    _RANGE_TOO_WIDE, "must have a range between {low} and {high}", limits
                )
        return item


@dataclass(frozen=True, slots=True)
class Later:
    """A table whose model is made when a file has it: making one takes longer than reading most files."""

    make: Callable[[], Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validated)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        described: dict[str, Any] = handler(self.make().__pydantic_core_schema__)
        return described

    def _validated(self, given: Any) -> Any:
        # Faults inside keep their places: pydantic takes them over.
        return None if given is None else self.make().model_validate(given)


@dataclass(frozen=True, slots=True)
class TomlSource:
    """A TOML file that was read: its path as given, its text, its content and the SHA-256 of its bytes."""

    path: str
    text: str
    data: Mapping[str, Any]
    sha256: str


def read_toml(path: str | Path) -> TomlSource:
    """The file at `path`.

    Raises
    ------
    FileContentError
        E302 when the file cannot be read, is not UTF-8 or is no TOML; ``where`` has the line.

    """
    name = str(path)
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FileContentError(
            f"the file cannot be read: {reason}", code="E302", where=name, fix="check the name and the rights"
        ) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileContentError(
            "the file is not UTF-8 text", code="E302", where=f"{name}:{line}", fix="save it as UTF-8"
        ) from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_fault(name, text, str(error)) from error
    except RecursionError as error:
        raise FileContentError(
            "lists or tables lie too deep within each other",
            code="E302",
            where=name,
            fix="take the inner ones out",
        ) from error
    return TomlSource(name, text, data, hashlib.sha256(content).hexdigest())


def validate_toml(model_class: type[_Model], path: str | Path) -> _Model:
    """The file at `path` as an instance of `model_class`.

    Raises
    ------
    FileContentError
        E302 when the file cannot be read; E301 with all faults when its content is wrong.

    """
    return validate_source(model_class, read_toml(path))


def validate_source(model_class: type[_Model], source: TomlSource) -> _Model:
    """A file that was read as an instance of `model_class`.

    Raises
    ------
    FileContentError
        E301 with all faults, in the order of their lines.

    """
    try:
        return model_class.model_validate(source.data)
    except ValidationError as error:
        faults = _faults(model_class, source, error.errors(include_url=False))
    count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
    raise FileContentError(f"the file has {count}", code="E301", where=source.path, faults=faults)


def _syntax_fault(name: str, text: str, message: str) -> FileContentError:
    place = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)", message)
    reason = message[: place.start()] if place else message
    reason = reason[:1].lower() + reason[1:]
    lines = text.splitlines()
    line = int(place.group(1)) if place and place.group(1) else max(1, len(lines))
    excerpt = lines[line - 1] if line <= len(lines) else ""
    return FileContentError(
        f'no TOML: "{_excerpt(excerpt)}"',
        code="E302",
        where=f"{name}:{line}",
        why=reason,
        fix="correct the line; texts stand in quotes, decimal points are points",
    )


def _faults(model: type[BaseModel], source: TomlSource, errors: Sequence[ErrorDetails]) -> list[str]:
    """One text per fault; a missing key that is there under a wrong name counts once."""
    lines = key_lines(source.text)
    source_lines = source.text.splitlines()
    placed = [
        (line_of(lines, path), path, message, has_excerpt)
        for path, message, has_excerpt in _messages(model, source.data, errors)
    ]
    faults = []
    for line, path, message, has_excerpt in sorted(placed, key=lambda item: item[0]):
        key = _dotted(path)
        head = f"{source.path}:{line}: {key}: {message}" if key else f"{source.path}: {message}"
        excerpt = (
            _excerpt(source_lines[line - 1]) if has_excerpt and key and line <= len(source_lines) else ""
        )
        faults.append(f"{head}\n      {excerpt}" if excerpt else head)
    return faults


def told_faults(model: type[BaseModel], data: Mapping[str, Any], errors: Sequence[ErrorDetails]) -> list[str]:
    """What is wrong with data that come from no file, as ``dotted.key: message``."""
    return [f"{_dotted(path)}: {message}" for path, message, _ in _messages(model, data, errors)]


def _messages(
    model: type[BaseModel], data: Mapping[str, Any], errors: Sequence[ErrorDetails]
) -> list[tuple[KeyPath, str, bool]]:
    """Place and words of each fault, and whether there is something at that place."""
    found: dict[KeyPath, tuple[str, bool]] = {}
    misnamed: set[KeyPath] = set()
    for error in errors:
        path = _path_in_file(data, error)
        if path in found or _is_counted_after_faults(error):
            continue
        message = _message(error, path)
        if error["type"] == "extra_forbidden":
            meant = meant_key(str(path[-1]), _known_keys(model, path[:-1]))
            message = f'unknown setting, did you mean "{meant}"?' if meant else _unknown(model, path)
            misnamed.add((*path[:-1], meant))
        found[path] = (message, error["type"] != "missing")
    return [
        (path, message, is_there)
        for path, (message, is_there) in found.items()
        if is_there or path not in misnamed
    ]


def _is_counted_after_faults(error: ErrorDetails) -> bool:
    """Whether a list is called too short only because pydantic leaves out its entries with faults."""
    if error["type"] != "too_short" or not isinstance(error["input"], list | tuple):
        return False
    return bool(len(error["input"]) >= error.get("ctx", {}).get("min_length", 1))


def _dotted(path: KeyPath) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)


def _path_in_file(data: Any, error: ErrorDetails) -> KeyPath:
    """The error's place without what pydantic puts in for its own sake, such as members of a union."""
    path: list[str | int] = []
    here = data
    last = len(error["loc"]) - 1
    for i, part in enumerate(error["loc"]):
        inside = isinstance(here, Mapping) and part in here
        if inside or (isinstance(here, list) and isinstance(part, int) and part < len(here)):
            path.append(part)
            here = here[part]
        elif error["type"] == "missing" and i == last:
            path.append(part)
    return tuple(path)


def _message(error: ErrorDetails, path: KeyPath) -> str:
    kind, context, given = error["type"], error.get("ctx", {}), error["input"]
    needed = next((words for start, words in _NEEDED.items() if kind.startswith(start)), "")
    if kind == "missing":
        text = "is missing"
    elif kind == _OUT_OF_LIMITS:
        text = _limits_message(path, context["value"], context["low"], context["high"])
    elif kind == _RANGE_TOO_WIDE:
        end, low, high = context["end"], context["low"], context["high"]
        text = f"its range ends at {end:g}, which is not between {low:g} and {high:g}"
    elif kind in {"literal_error", "enum"}:
        text = _word_message(str(context.get("expected", "")), given)
    elif kind == "too_short":
        text = "needs at least one entry"
    elif kind == "too_long":
        text = f"has {len(given)} entries, at most {context['max_length']}"
    elif kind == "value_error":
        text = str(context.get("error", error["msg"]))
    elif needed and isinstance(given, str) and _DECIMAL_COMMA.fullmatch(given.strip()):
        text = f"needs {needed}, has {_shown(given)}; a decimal point, not a comma"
    elif needed:
        text = f"needs {needed}, has {_shown(given)}"
    else:
        text = error["msg"].removeprefix("Input should ")
        text = text[:1].lower() + text[1:]
        text = f"must {text}" if text.startswith("be ") else text
    return text


def _limits_message(path: KeyPath, value: float, low: float, high: float) -> str:
    key = next((part for part in reversed(path) if isinstance(part, str) and part != "value"), "")
    hint = other_unit(key, value, low, high)
    return f"{value:g} is not between {low:g} and {high:g}" + (f"; {hint}" if hint else "")


def _word_message(expected: str, given: Any) -> str:
    words = [quoted or number for quoted, number in re.findall(r"'([^']*)'|(\b\d+\b)", expected)]
    meant = meant_key(str(given), words)
    if isinstance(given, Mapping):
        return f"needs a word, has {_shown(given)}; known: {', '.join(words)}"
    return f"unknown word {_shown(given)}" + (
        f', did you mean "{meant}"?' if meant else f"; known: {', '.join(words)}"
    )


def _shown(given: Any) -> str:
    if isinstance(given, Mapping):
        return "a table"
    text = (
        f'"{given}"'
        if isinstance(given, str)
        else str(given).lower()
        if isinstance(given, bool)
        else str(given)
    )
    return _excerpt(text)


def _excerpt(line: str) -> str:
    line = line.strip()
    return line if len(line) <= _LONGEST_EXCERPT else line[: _LONGEST_EXCERPT - 1].rstrip() + "…"


def _unknown(model: type[BaseModel], path: KeyPath) -> str:
    known = _known_keys(model, path[:-1])
    return f"unknown setting; known: {', '.join(known)}" if known else "unknown setting"


def _known_keys(model: type[BaseModel], path: KeyPath) -> list[str]:
    """Keys that the model allows in the table at `path`."""
    models: list[type[BaseModel]] = [model]
    for part in path:
        if isinstance(part, int):
            continue
        fields = [m.model_fields[part] for m in models if part in m.model_fields]
        # In a mapping of models the key is free: stay with the models of its values.
        models = [inner for field in fields for inner in _models_of(field)] or models
    return [name for m in models for name in m.model_fields]


def _models_of(field: FieldInfo) -> list[type[BaseModel]]:
    """The models that a field mentions."""
    later = [entry.make() for entry in field.metadata if isinstance(entry, Later)]
    return later or _models_in(field.annotation)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation such as ``tuple[Laser, ...]`` or ``Core | None`` mentions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    origin = get_origin(annotation)
    if origin is Annotated:
        later = [entry.make() for entry in annotation.__metadata__ if isinstance(entry, Later)]
        return later or _models_in(get_args(annotation)[0])
    if origin in {Union, types.UnionType, tuple, list, dict, Mapping, Sequence}:
        return [model for argument in get_args(annotation) for model in _models_in(argument)]
    return []
