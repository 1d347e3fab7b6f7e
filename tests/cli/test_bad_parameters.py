"""Nonsensical parameters: one clear error by name, with file and line where a file has them."""

from __future__ import annotations

import pytest

from amprep.profiles import profiles_root

PART = '[[parts]]\nfile = "cube.stl"\nunit = "mm"\nposition_mm = [100, 100]\n'

REPEATED = '[[rules]]\nevery = 2\nreexpose = { regions = ["core"], laser_power_w = 100 }\n'

#: What a job file says from its second line on; the place in the file, or none; words of the message.
BAD = {
    "no distance": ("[hatch]\nhatch_distance_mm = 0", 3, ("hatch.hatch_distance_mm", "0.005")),
    "a distance beyond all foci": ("[hatch]\nhatch_distance_mm = 0.9", None, ("hatch_distance_mm", "focus")),
    "a stripe narrower than the overlap": (
        "[hatch]\nstripe_width_mm = 0.5\nstripe_overlap_mm = 0.6",
        None,
        ("stripe_overlap_mm = 0.6", "stripe_width_mm = 0.5"),
    ),
    "islands that lie upon each other": (
        '[hatch]\npattern = "chess"\nisland_mm = 1\nstripe_overlap_mm = 0.5',
        None,
        ("stripe_overlap_mm = 0.5", "island_mm"),
    ),
    "a skin whose stripes are narrower than the overlap": (
        "[upskin]\nstripe_width_mm = 0.1\nstripe_overlap_mm = 0.2",
        None,
        ("upskin: stripe_overlap_mm",),
    ),
    "a contour's offset beyond all foci": (
        "[contour]\nbeam_offset_mm = 1",
        None,
        ("contour: beam_offset_mm = 1", "focus"),
    ),
    "more power than the laser": ("[hatch]\nlaser_power_w = 500", None, ("hatch: laser_power_w = 500", "W")),
    "more power on an edge": ("[edge]\nlaser_power_w = 500", None, ("edge: laser_power_w = 500",)),
    "more power on a support": ("[support]\nlaser_power_w = 500", None, ("support: laser_power_w = 500",)),
    "more than 4 kW": ("[hatch]\nlaser_power_w = 4001", 3, ("hatch.laser_power_w: 4001", "4000")),
    "more than 4 kW in a rule": (
        '[[rules]]\nevery = 2\nreexpose = { regions = ["core"], laser_power_w = 5000 }',
        4,
        ("rules.1.reexpose.laser_power_w: 5000", "4000"),
    ),
    "more power than the laser in a rule": (
        "[[rules]]\nevery = 2\n[rules.contour]\nlaser_power_w = 900",
        None,
        ("contour: laser_power_w = 900", "cube, layer 2:"),
    ),
    "more power than the laser again": (
        '[[rules]]\nevery = 2\nreexpose = { regions = ["core"], laser_power_w = 900 }',
        None,
        ("hatch again: laser_power_w = 900",),
    ),
    "more power than the laser for a part": (
        PART + PART.replace("100, 100", "50, 50") + "[parts.exposure.hatch]\nlaser_power_w = 900",
        None,
        ("hatch: laser_power_w = 900", "cube 2, layers 1 … 5"),
    ),
    "a negative speed": ("[contour]\nscan_speed_mm_s = -1", 3, ("contour.scan_speed_mm_s: -1",)),
    "an unknown pattern": (
        '[hatch]\npattern = "ches"',
        3,
        ('hatch.pattern: unknown word "ches", did you mean "chess"?',),
    ),
    "an unknown key": ("[upskin]\nlayer = 3", 3, ('upskin.layer: unknown setting, did you mean "layers"?',)),
    "layers downwards": ('[[rules]]\nlayers = "20..1"\n[rules.hatch]\nlaser_power_w = 200', 3, ("20..1",)),
    "a layer below the first": (
        '[[rules]]\nlayers = "0..3"\n[rules.hatch]\nlaser_power_w = 200',
        3,
        ('"0..3"', "count from 1"),
    ),
    "layers that are no numbers": (
        '[[rules]]\nlayers = "abc"\n[rules.hatch]\nlaser_power_w = 200',
        3,
        ('"abc"', "1..20"),
    ),
    "layers in digits of another script": (
        '[[rules]]\nlayers = "１..２０"\n[rules.hatch]\nlaser_power_w = 200',
        3,
        ("needs layers such as", "１..２０"),
    ),
    "layers that are a number": ("[[rules]]\nlayers = 5\n[rules.hatch]\nlaser_power_w = 200", 3, ("layers",)),
    "every no layer": ("[[rules]]\nevery = 0\n[rules.hatch]\nlaser_power_w = 200", 3, ("rules.1.every",)),
    "a rule that changes nothing": ("[[rules]]\nevery = 2", 2, ("changes nothing",)),
    "a rule with an empty table": ("[[rules]]\nevery = 2\n[rules.hatch]", 2, ("changes nothing",)),
    "a rule for all layers": ("[[rules]]\n[rules.hatch]\nlaser_power_w = 200", 2, ("needs no rule",)),
    "a rule that scales": ("[[rules]]\nevery = 2\n[rules.scaling]\nx_pct = 1", 4, ("rules.1.scaling",)),
    "an unknown region again": (
        '[[rules]]\nevery = 2\nreexpose = { regions = ["cor"] }',
        4,
        ('"cor"', "core"),
    ),
    "no region again": ("[[rules]]\nevery = 2\nreexpose = { regions = [] }", 4, ("regions",)),
    "a region again in two ways": (
        REPEATED + REPEATED.replace("every = 2", 'layers = "2.."').replace("100", "200"),
        None,
        ("core", "two rules"),
    ),
    "half a layer of skin": ("[upskin]\nlayers = 2.5", 3, ("upskin.layers", "whole number")),
    "half a contour": ("[contour]\ncount = 1.5", 3, ("contour.count", "whole number")),
    "half a layer of compensation": (
        "[downskin]\nz_compensation_mm = 0.05",
        None,
        ("downskin: z_compensation_mm = 0.05", "0.04 mm"),
    ),
    "a skin up to no angle": ("[downskin]\nmax_angle_deg = 0", 3, ("downskin.max_angle_deg: 0",)),
    "a skin beyond the vertical": ("[downskin]\nmax_angle_deg = 91", 3, ("downskin.max_angle_deg: 91",)),
    "an overlap wider than the skin": (
        "[upskin]\nmin_width_mm = 0.1\noverlap_mm = 0.2",
        None,
        ("upskin: overlap_mm = 0.2",),
    ),
    "a window without directions": ("[hatch]\ngas_window_deg = 90", 3, ("hatch.gas_window_deg: 90", "80")),
    "half as large again": ("[scaling]\nx_pct = 50", 3, ("scaling.x_pct: 50", "20")),
    "walls without width": ("[edge]\nmin_width_mm = 0", 3, ("edge.min_width_mm: 0",)),
    "a support that scales": (
        PART + "[parts.exposure.scaling]\nx_pct = 1",
        6,
        ("parts.1.exposure.scaling",),
    ),
    "an unknown structure": (PART + 'structure = "suport"', 6, ('"suport"', "support")),
    "angles that are one": ("[hatch]\nangles_deg = 45", 3, ("hatch.angles_deg", "list")),
}


def refused(outcome, status):
    assert isinstance(outcome.exception, SystemExit), f"an exception got out: {outcome.exception!r}"
    assert outcome.exit_code == status, outcome.stderr + outcome.stdout
    assert outcome.stderr.count("error[") == 1, outcome.stderr
    assert "Traceback" not in outcome.stderr
    return outcome.stderr


@pytest.mark.parametrize("name", BAD)
def test_a_job_file_with_nonsense_is_refused_by_name(name, amprep, shop, tmp_path):
    text, line, words = BAD[name]
    parts = "" if "[[parts]]" in text else "\n" + PART
    (shop / "job.toml").write_text(f'machine = "m400-4"\n{text}{parts}')
    before = amprep.tree(tmp_path)
    told = refused(amprep.run("run", "job.toml", "-j", "1", "--no-report"), 3)
    assert ("error[E301]" if line else "error[E304]") in told
    if line:
        assert f"job.toml:{line}: " in told, told
    for word in words:
        assert word in told, f'"{word}" is not in the message:\n{told}'
    assert amprep.tree(tmp_path) == before, "something was left behind"


SETTINGS = {
    "foo": ("--set", "foo"),
    "=": ("--set", "names no parameter"),
    "hatch.pattern": ("--set", "names no parameter"),
    "hatch.pattern=": ("--set", "names no parameter"),
    ".=1": ("--set", "names no parameter"),
    "hatch.pattern=foo": ('hatch.pattern: unknown word "foo"', "chess"),
    "hatch.pattern=[1": ("hatch.pattern: unknown word",),
    "hatch.patern=chess": ('hatch.patern: unknown setting, did you mean "pattern"?',),
    "hatch.a.b=1": ("hatch.a.b: unknown setting",),
    "hatch.hatch_distance_mm=abc": ("hatch.hatch_distance_mm: needs a number",),
    "hatch.hatch_distance_mm=0": ("hatch.hatch_distance_mm: 0 is not between",),
    "hatch.hatch_distance_mm=90": ("hatch.hatch_distance_mm: 90 is not between", "90 µm is 0.09"),
    "hatch.hatch_distance_mm=nan": ("hatch.hatch_distance_mm: needs a finite number",),
    "hatch.laser_power_w=true": ("hatch.laser_power_w: needs a number",),
    "hatch.laser_power_w=[1, 2]": ("hatch.laser_power_w: needs a number",),
    "hatch.hatch_distance_mm=0,1": ("hatch_distance_mm: needs a number", "a decimal point, not a comma"),
    "hatch.angles_deg=45": ("hatch.angles_deg: needs a list",),
    "upskin.layers=2.5": ("upskin.layers: needs a whole number",),
    "contour_order=never": ('contour_order: unknown word "never"', "last"),
    "contour_order.x=1": ("contour_order",),
    "fill=even-odd": ("--set", "names no parameter"),
    "core.pattern=chess": ('"core" is no table', "hatch"),
    "nosuch.key=1": ('"nosuch" is no table', "contour"),
    "parts.file=x": ('"parts" is no table',),
    "machine.x=1": ('"machine" is no table',),
    "process.x=1": ('"process" is no table',),
    "layer_thickness_mm.x=1": ('"layer_thickness_mm" is no table',),
    "rules.every=1": ('"rules" is no table',),
}


@pytest.mark.parametrize("command", ["slice", "hatch"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_nonsense_on_the_command_line_is_a_usage_error(command, setting, amprep, shop, tmp_path):
    before = amprep.tree(tmp_path)
    told = refused(amprep.run(command, "cube.stl", "-m", "m400-4", "--set", setting), 2)
    assert "error[E104]" in told
    for word in SETTINGS[setting]:
        assert word in told, f'"{word}" is not in the message:\n{told}'
    assert "docstring" not in told, "people at the command line know none"
    assert amprep.tree(tmp_path) == before


def test_a_parameter_set_twice_is_refused(amprep, shop):
    twice = ("--set", "upskin.layers=1", "--set", "upskin.layers=2")
    assert "upskin.layers is set twice" in refused(amprep.run("slice", "cube.stl", "-m", "m400-4", *twice), 2)
    twice = ("--set", "part_order=as_listed", "--set", "part_order=as_listed")
    assert "part_order is set twice" in refused(amprep.run("slice", "cube.stl", "-m", "m400-4", *twice), 2)


@pytest.mark.parametrize("setting", ["hatch.laser_power_w=500", "contour.beam_offset_mm=1"])
def test_settings_must_suit_each_other_and_the_machine(setting, amprep, shop):
    table, _, rest = setting.partition(".")
    told = refused(amprep.run("slice", "cube.stl", "-m", "m400-4", "--set", setting), 3)
    assert "error[E304]" in told
    assert f"{table}: {rest.replace('=', ' = ')}" in told
    assert "fix: correct these values, with --set" in told


def test_a_part_smaller_than_the_beam_offset_is_refused_by_name(amprep, shop):
    amprep.write_box(shop / "needle.stl", (0.04, 0.04, 0.2))
    told = refused(amprep.run("slice", "needle.stl", "-m", "m400-4", "--unit", "mm", "--no-report"), 4)
    assert "error[E408]" in told
    assert "beam_offset_mm" in told
    assert "needle" in told


PROCESS = (profiles_root() / "processes" / "m400_4_316l_40um.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [key for key, (text, _, _) in BAD.items() if "[[rules]]" in text])
def test_a_process_of_ones_own_has_the_same_rules(name, amprep, shop):
    text, line, words = BAD[name]
    text = text.replace("[rules.hatch]", "[rules.core]")
    (shop / "mine.toml").write_text(f"{PROCESS}\n{text}\n")
    told = refused(amprep.run("slice", "cube.stl", "-m", "m400-4", "-p", "./mine.toml", "--no-report"), 3)
    if line:
        assert f"mine.toml:{PROCESS.count(chr(10)) + line}: " in told, told
    for word in words:
        assert word.replace("hatch.", "core.") in told, told
