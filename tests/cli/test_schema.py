"""JSON Schema of the files, and the page of parameters that is made from the same list."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from amprep.cli.app import app
from amprep.cli.schema import SCHEMAS, parameters_page, rates_page, schema_of
from amprep.profiles import profiles_root
from amprep.profiles.parameters import PARAMETERS
from amprep.profiles.rates import RATES
from amprep.profiles.tables import LayerRange
from amprep.reading.job_file import TABLE_NAMES

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_schema_is_json_with_units(kind):
    result = CliRunner().invoke(app, ["schema", kind])
    assert result.exit_code == 0, result.output
    schema = json.loads(result.output)
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("table", PARAMETERS)
def test_every_parameter_has_unit_range_default_and_source(table):
    schema = schema_of("job")
    entry = schema["properties"][TABLE_NAMES[table]]
    name = entry["$ref"].rsplit("/", 1)[1] if "$ref" in entry else None
    properties = (schema["$defs"][name] if name else entry)["properties"]
    assert list(properties) == [one.key for one in PARAMETERS[table]]
    for key, entry in properties.items():
        assert entry["description"], key
        assert "amprep_default" in entry, key
        assert "words" in entry or entry["low"] < entry["high"], key
        follows = str(entry["amprep_default"]).startswith("as in [")
        assert follows or entry["source"], key
        if key.endswith(("_mm", "_deg", "_w", "_mm_s", "_pct")):
            assert entry["unit"], key


def test_the_schema_refuses_what_the_program_refuses():
    schema = schema_of("job")
    for table, key in (
        ("contour", "count"),
        ("upskin", "layers"),
        ("downskin", "layers"),
        ("lasers", "seam_steps"),
    ):
        assert schema["properties"][table]["properties"][key]["multipleOf"] == 1, key
    place = schema["$defs"]["PartEntry"]["properties"]["position_mm"]
    assert (place["minItems"], place["maxItems"]) == (2, 3)
    pattern = schema["$defs"]["Rule"]["properties"]["layers"]["pattern"]
    for text in ("5", "1..20", "21..", "..20", " 5 .. 7 ", "..", "", "a", "1,2", "1-3", "１..２０", "5\n"):
        try:
            LayerRange(layers=text)
            is_taken = True
        except ValidationError:
            is_taken = False
        assert is_taken == bool(re.search(pattern, text)), text


def test_the_page_of_parameters_is_up_to_date():
    page = (ROOT / "docs" / "reference" / "parameters.md").read_text(encoding="utf-8")
    assert page == parameters_page(), "amprep schema parameters > docs/reference/parameters.md"


def test_the_page_of_rates_is_up_to_date():
    page = (ROOT / "docs" / "reference" / "rates.md").read_text(encoding="utf-8")
    assert page == rates_page(), "amprep schema rates-page > docs/reference/rates.md"


def test_every_rate_has_its_unit_and_meaning():
    for schema in (schema_of("rates"), schema_of("job")["properties"]["cost"]):
        for rate in RATES:
            entry = schema["properties"][rate.key]
            assert entry["description"] == rate.text
    entry = schema_of("rates")["properties"]["machine_eur_h"]
    assert entry["unit"] == "EUR/h"
    assert {"type": "number"} in entry["anyOf"]
    assert {"type": "number"} in entry["anyOf"][1]["additionalProperties"]["anyOf"]


def test_an_unknown_schema_is_a_usage_error():
    result = CliRunner().invoke(app, ["schema", "jobs"])
    assert result.exit_code == 2
    assert "E104" in result.output


def test_shipped_processes_keep_to_the_limits_of_the_schema():
    for path in (profiles_root() / "processes").glob("*.toml"):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        for table, parameters in PARAMETERS.items():
            for one in parameters:
                value = data.get(table, {}).get(one.key, {}).get("value")
                if isinstance(value, int | float):
                    assert one.low <= value <= one.high, (path.stem, table, one.key)
