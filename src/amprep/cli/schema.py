"""``amprep schema``: what files may contain, as JSON Schema for editors."""

from __future__ import annotations

import json
from typing import Any

import typer

from amprep.errors import UsageError
from amprep.profiles.units import unit_of

__all__ = ["SCHEMAS", "parameters_page", "print_schema", "rates_page", "schema_of"]

SCHEMAS = ("job", "process", "machine", "material", "rates")


def print_schema(kind: str) -> None:
    """Print the schema of one kind of file, or the parameters, rates or glossary as a page to read."""
    from amprep.glossary import glossary_reference

    pages = {"parameters": parameters_page, "rates-page": rates_page, "glossary": glossary_reference}
    if kind in pages:
        typer.echo(pages[kind](), nl=False)
        return
    if kind not in SCHEMAS:
        raise UsageError(
            f'there is no schema "{kind}"',
            code="E104",
            where="schema",
            fix=f"one of {', '.join((*SCHEMAS, *pages))}",
        )
    typer.echo(json.dumps(schema_of(kind), indent=1, ensure_ascii=False))


def schema_of(kind: str) -> dict[str, Any]:
    """JSON Schema of one of `SCHEMAS`; each number has its unit."""
    from amprep.profiles.rates import rates_model
    from amprep.profiles.schema import MachineFile, MaterialFile, ProcessFile
    from amprep.reading.job_file import JobFile

    model: Any = {
        "job": JobFile,
        "process": ProcessFile,
        "machine": MachineFile,
        "material": MaterialFile,
        "rates": rates_model(),
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


_RATES_HEAD = """# Rates

What things cost, in EUR, from a file of yours, `amprep estimate PART -m m400-4 --cost rates.toml`, or for one
job from `[cost]` of its [job file](job-file.md), which goes before the file. A file names only what it knows:

```toml
machine_eur_h = 95          # any machine; or a table by id, as below
labour_eur_h = 48

[gas_eur_m3]
argon = 2.6

[powder_eur_kg]
316l = 44
```

A bare number counts as the user's own; with grade, sources and range it is written as in a
[profile](../how-to/own-profile.md). What a file leaves out is as shipped, and all of that is assumed. A table
has a row `default` for all that it does not name. Machines and materials are named by id or alias, in any
spelling that the command line takes, gases also as `Ar` and `N2`. Two rows for one machine, and a misspelt
gas, are refused; a row for a machine or material that is neither shipped nor the job's is told (W466) and not
used. A number in `[cost]` holds for the job's machine, material and gas.

What costs something per hour, kilogram, cubic metre or kilowatt-hour is above 0. Hours per job and part, and
the platform, may be 0. Negative numbers are refused. What each rate is multiplied by is told in
[powder and cost](../explanation/powder-and-cost.md).
"""


def rates_page() -> str:
    """All rates as Markdown: key, unit, limits, what is shipped with range and grade, and meaning."""
    from amprep.profiles.rates import RATES, find_rates

    shipped = find_rates()
    lines = [_RATES_HEAD, "| key | unit | allowed | table by | meaning |", "|---|---|---|---|---|"]
    for rate in RATES:
        allowed = f"{'0' if rate.is_amount else 'above 0'} … {rate.high:g}"
        cells = (f"`{rate.key}`", unit_of(rate.key), allowed, rate.by or "–", rate.text)
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "## As shipped", "", "| key | value | range | grade |", "|---|---|---|---|"]
    for rate in RATES:
        found = getattr(shipped, rate.key)
        for name, value in found.items() if rate.by else [("", found)]:
            low, high = value.bounds
            key = f"`{rate.key}.{name}`" if name else f"`{rate.key}`"
            grade = str(value.grade).replace("_", " ")
            lines.append(f"| {key} | {value.value:g} | {low:g} … {high:g} | {grade} |")
    return "\n".join(lines) + "\n"
