"""``amprep schema``: what files may contain, as JSON Schema for editors."""

from __future__ import annotations

import json
from typing import Any

import typer

from amprep.errors import UsageError
from amprep.profiles.units import unit_of

__all__ = ["SCHEMAS", "print_schema", "schema_of"]

SCHEMAS = ("job", "process", "machine", "material")


def print_schema(kind: str) -> None:
    """Print the schema of one kind of file."""
    if kind not in SCHEMAS:
        raise UsageError(
            f'there is no schema "{kind}"', code="E104", where="schema", fix=f"one of {', '.join(SCHEMAS)}"
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
