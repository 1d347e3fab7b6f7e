"""``amprep schema``: what files may contain, as JSON Schema for editors."""

from __future__ import annotations

import json
from typing import Any

import typer

from amprep.errors import UsageError
from amprep.profiles.units import unit_of

__all__ = ["SCHEMAS", "parameters_page", "print_schema", "schema_of"]

SCHEMAS = ("job", "process", "machine", "material")


def print_schema(kind: str) -> None:
    """Print the schema of one kind of file, or the parameters as a table to read."""
    if kind == "parameters":
        typer.echo(parameters_page(), nl=False)
        return
    if kind not in SCHEMAS:
        raise UsageError(
            f'there is no schema "{kind}"',
            code="E104",
            where="schema",
            fix=f"one of {', '.join(SCHEMAS)}, parameters",
        )
    typer.echo(json.dumps(schema_of(kind), indent=1, ensure_ascii=False))


def schema_of(kind: str) -> dict[str, Any]:
    """JSON Schema of one of `SCHEMAS`; each number has its unit."""
    from amprep.profiles.schema import MachineFile, MaterialFile, ProcessFile
    from amprep.reading.job_file import JobFile

    model: Any = {
        "job": JobFile,
        "process": ProcessFile,
        "machine": MachineFile,
        "material": MaterialFile,
    }[kind]
    schema: dict[str, Any] = model.model_json_schema()
    schema["title"] = f"amprep {kind} file"
    for table in [schema, *schema.get("$defs", {}).values()]:
        for key, entry in table.get("properties", {}).items():
            if unit_of(key):
                entry.setdefault("unit", unit_of(key))
    return schema


_HEAD = """# Parameters of exposure

Each table stands in a process profile, where every value has a grade and sources, and in a job file, where
bare values replace those of the process. There the core's table is called `[hatch]`. On the command line:
`--set hatch.pattern=chess`. Rules for layers, repetitions, supports and values of single parts use the same
tables ([job file](job-file.md)). The shipped processes have skins over 3 layers upwards and 2 downwards.
Defaults are those of a profile that leaves the value out; most of them are assumed.
"""


def parameters_page() -> str:
    """All parameters as Markdown: key, unit, limits or words, default with its grade, and meaning."""
    from amprep.profiles.parameters import PARAMETERS
    from amprep.profiles.tables import default_of

    lines = [_HEAD]
    for table, parameters in PARAMETERS.items():
        name = "core]` / `[hatch" if table == "core" else table
        lines += [
            f"## `[{name}]`",
            "",
            "| key | unit | allowed | default | meaning |",
            "|---|---|---|---|---|",
        ]
        for one in parameters:
            allowed = ", ".join(one.words) if one.words else f"{one.low:g} … {one.high:g}"
            if one.is_list:
                allowed = f"list of {allowed}"
            cells = (f"`{one.key}`", unit_of(one.key), allowed, default_of(table, one), one.text)
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)
