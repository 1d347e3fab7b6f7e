"""``amprep bench``: comparing made-up records, and that it runs. Nothing here is judged by time."""

from __future__ import annotations

import json

import pytest

from amprep.benchmark_records import SCHEMA, compare, machine_differs, read_record
from amprep.benchmarking import Step, measure, record
from amprep.cli import bench as command
from amprep.cli.bench import parse_percent
from amprep.errors import FileContentError, UsageError


def made_up(**seconds: float) -> dict:
    return {
        "schema": SCHEMA,
        "amprep": "0",
        "python": "3",
        "machine": {"processor": "made up", "processors": 2},
        "rounds": 1,
        "seconds": {key: {"best": one, "median": one} for key, one in seconds.items()},
    }


def slower(old: dict, new: dict, pct: float | None) -> list[str]:
    return [step.key for step in compare(old, new, fail_slower_pct=pct) if step.slower]


def test_a_step_that_got_slower_than_the_limit_is_found():
    old, new = made_up(read=0.1, cut=0.1, hatch=0.1), made_up(read=0.119, cut=0.121, hatch=0.05)
    assert slower(old, new, 20) == ["cut"]
    assert slower(old, new, 10) == ["read", "cut"]
    assert slower(old, new, None) == []
    assert [round(step.ratio, 2) for step in compare(old, new)] == [1.19, 1.21, 0.5]


def test_times_below_a_millisecond_count_as_one():
    assert slower(made_up(plan=1e-5), made_up(plan=9e-4), 20) == []
    assert slower(made_up(plan=9e-4), made_up(plan=1.1e-3), 20) == []
    assert slower(made_up(plan=1e-5), made_up(plan=2e-3), 20) == ["plan"]


def test_steps_of_one_record_only_are_left_out():
    assert [step.key for step in compare(made_up(a=1, b=1), made_up(b=1, c=1))] == ["b"]


def test_another_machine_is_noticed():
    assert not machine_differs(made_up(a=1), made_up(a=2))
    assert machine_differs(made_up(a=1), made_up(a=1) | {"machine": {"processor": "other"}})


@pytest.mark.parametrize(("text", "value"), [("20", 20), ("20%", 20), ("20 %", 20), ("0", 0), ("7.5%", 7.5)])
def test_percentages(text, value):
    assert parse_percent(text, option="--fail-slower") == value


@pytest.mark.parametrize("text", ["", "%", "-1", "nan", "inf", "a lot", "20,5"])
def test_what_is_no_percentage_is_refused(text):
    with pytest.raises(UsageError) as caught:
        parse_percent(text, option="--fail-slower")
    assert caught.value.code == "E104"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "E302"),
        ("", "E302"),
        ("{", "E302"),
        ("[]", "E301"),
        ('{"schema": "amprep.summary/1"}', "E301"),
        (json.dumps({"schema": SCHEMA}), "E301"),
        (json.dumps({"schema": SCHEMA, "seconds": {"a": {"best": "fast"}}}), "E301"),
    ],
)
def test_what_is_no_record_is_refused(content, code, tmp_path):
    path = tmp_path / "old.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(FileContentError) as caught:
        read_record(path)
    assert caught.value.code == code
    assert str(path) in str(caught.value)


def test_the_command_refuses_before_it_measures(amprep, shop, monkeypatch):
    def never(**_options):
        raise AssertionError("measured")

    monkeypatch.setattr(command, "_measured", never)
    assert amprep.run("bench", "--compare", "none.json").exit_code == 3
    assert amprep.run("bench", "--fail-slower", "20").exit_code == 2
    (shop / "old.json").write_text(json.dumps(made_up(a=1)), encoding="utf-8")
    assert amprep.run("bench", "--compare", "old.json", "--fail-slower", "much").exit_code == 2
    told = json.loads(amprep.run("bench", "--compare", "none.json", "--json").stdout)
    assert told["error"]["code"] == "E302"


def test_a_slower_step_ends_with_status_1_and_is_named(amprep, shop, monkeypatch):
    (shop / "old.json").write_text(json.dumps(made_up(**{"a/cut": 1.0, "a/read": 1.0})), encoding="utf-8")
    monkeypatch.setattr(command, "_measured", lambda **_options: made_up(**{"a/cut": 2.0, "a/read": 1.1}))
    arguments = ("bench", "--compare", "old.json", "--fail-slower", "20%")
    outcome = amprep.run(*arguments)
    assert outcome.exit_code == 1
    assert "more than 20 % slower: a/cut" in outcome.stderr
    assert "a/read" in outcome.stdout
    told = amprep.run(*arguments, "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["comparison"]["slower"] == ["a/cut"]
    assert amprep.run("bench", "--compare", "old.json").exit_code == 0
    assert amprep.run("bench", "--compare", "old.json", "--fail-slower", "120").exit_code == 0


def test_without_a_record_the_seconds_are_printed(amprep, shop, monkeypatch):
    monkeypatch.setattr(command, "_measured", lambda **_options: made_up(**{"a/cut": 2.0, "a/plan": 3e-5}))
    shown = amprep.run("bench").stdout
    assert "2.00 s" in shown
    assert "30 µs" in shown
    assert "comparison" not in json.loads(amprep.run("bench", "--json").stdout)


def test_steps_are_taken_in_turns_after_a_first_run():
    calls: list[str] = []
    chosen = [Step("a", lambda: calls.append("a")), Step("b", lambda: calls.append("b"))]
    seen = []
    measure(chosen, rounds=2, on_step=lambda done, total: seen.append((done, total)))
    assert "".join(calls[:2]) == "ab"
    turns = [key for key, before in zip(calls, [None, *calls], strict=False) if key != before]
    assert turns == ["a", "b"] * 3
    assert seen == [(n, 6) for n in range(1, 7)]
    document = record(chosen, quick=True, rounds=2)
    assert document["schema"] == SCHEMA
    assert set(document["seconds"]) == {"a", "b"}
    assert compare(document, document)
