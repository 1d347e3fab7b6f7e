"""The lasers that the page on own profiles shows, put into a copy of a shipped machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amprep.assembling import assemble
from amprep.assignment.fields import require_reach
from amprep.demonstrators.primitives import box
from amprep.errors import BuildError
from amprep.output.stl import write_stl
from amprep.profiles import find_machine, profiles_root

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "own-profile.md"
SHIPPED = profiles_root() / "machines" / "eos_m400_4.toml"


def machine_with(lasers, folder):
    head, _, rest = SHIPPED.read_text(encoding="utf-8").partition("[[lasers]]")
    path = folder / "mine.toml"
    path.write_text(head + lasers + "\n" + rest[rest.index("[scanner]") :], encoding="utf-8")
    return find_machine(str(path))


def shown_lasers():
    (block,) = re.findall(r"```toml\n(\[\[lasers\]\].*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return block


def test_the_lasers_of_the_page_cover_the_platform(tmp_path):
    machine = machine_with(shown_lasers(), tmp_path)
    require_reach(machine)
    assert [laser.number for laser in machine.lasers] == [1, 2]
    assert machine.lasers[0].field_origin.grade == "user"
    assert machine.lasers[1].field_circle_mm == (300.0, 200.0, 250.0)
    assert machine.lasers[1].field_origin.grade.is_unconfirmed


def test_a_gap_between_them_is_told_as_the_page_says(tmp_path):
    machine = machine_with(shown_lasers().replace("250]", "200]"), tmp_path)
    with pytest.raises(BuildError) as caught:
        require_reach(machine)
    assert caught.value.code == "E404"


def test_such_a_machine_takes_no_part_at_all(tmp_path):
    """Already where nothing is sliced yet, as in a dry run or a comparison of machines."""
    machine = machine_with(shown_lasers().replace("250]", "200]"), tmp_path)
    write_stl(box((5.0, 5.0, 5.0)), tmp_path / "box.stl")
    with pytest.raises(BuildError) as caught:
        assemble([tmp_path / "box.stl"], machine=str(machine.path))
    assert caught.value.code == "E404"
