"""What a command loads: start-up is a feature, so each command pays only for what it needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import amprep
from amprep.demonstrators.primitives import box
from amprep.kernels.machine_code import is_supported
from amprep.output.stl import write_stl

HEAVY = {"numpy", "numba", "pydantic", "scipy", "trimesh", "matplotlib", "shapely", "pyarrow", "manifold3d"}
REPORT = """
import json, sys
chains = {}
class Watch:
    def find_spec(self, name, path=None, target=None):
        frame, files = sys._getframe(1), []
        while frame is not None:
            place = frame.f_code.co_filename.replace(chr(92), "/")
            for package in ("amprep", "numba"):
                if f"/{package}/" in place:
                    files.append(package + "/" + place.rpartition(f"/{package}/")[2] + f":{frame.f_lineno}")
            frame = frame.f_back
        chains.setdefault(name, files[::-1])
sys.meta_path.insert(0, Watch())
try:
    %s
except SystemExit as end:
    assert not end.code, end.code
with open("loaded.json", "w") as file:
    json.dump({name: chains.get(name, []) for name in list(sys.modules)}, file)
"""


def numba_is_off() -> bool:
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}


def loaded(code: str, folder: Path) -> dict[str, list[str]]:
    """Modules in a fresh process after `code`, each with the lines of amprep and Numba that imported it."""
    source = str(Path(amprep.__file__).resolve().parents[1])
    paths = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-c", REPORT % code],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "loaded.json").read_text())


def command(*arguments: str) -> str:
    return f"from amprep.cli.app import main; sys.argv[1:] = {list(arguments)!r}; main()"


def through_main(chain: list[str]) -> bool:
    """Whether a module was imported by Typer at work, not by a line of ours."""
    return all(line.startswith(("amprep/cli/app.py", "amprep/cli/root.py")) for line in chain)


def chains(modules: dict[str, list[str]], unwanted: set[str]) -> str:
    return "\n".join(f"{name} through {' > '.join(modules[name])}" for name in sorted(unwanted))


def test_the_package_alone_loads_nothing_heavy(tmp_path):
    modules = loaded("import amprep", tmp_path)
    unwanted = (HEAVY | {"typer", "rich"}) & set(modules)
    assert not unwanted, chains(modules, unwanted)


def test_public_names_come_when_they_are_asked_for(tmp_path):
    modules = loaded("from amprep import AmprepError, __version__; import amprep; dir(amprep)", tmp_path)
    unwanted = HEAVY & set(modules)
    assert not unwanted, chains(modules, unwanted)
    assert callable(amprep.assemble)
    assert callable(amprep.prepare)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        amprep.nonsense  # noqa: B018


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("slice", "--help"),
        ("run", "--help"),
        ("bench", "--help"),
        ("check", "--help"),
        ("explain", "--help"),
        ("calibrate", "--help"),
        ("plot", "--help"),
        ("machines", "--help"),
        ("--version",),
    ],
)
def test_help_loads_nothing_heavy(arguments, tmp_path):
    """Typer itself takes pydantic for the options of a command; nothing else of weight may come."""
    modules = loaded(command(*arguments), tmp_path)
    unwanted = HEAVY & set(modules)
    if len(arguments) > 1:
        unwanted -= {name for name in unwanted if name == "pydantic" and through_main(modules[name])}
    assert not unwanted, chains(modules, unwanted)


def test_listing_machines_needs_no_numbers(tmp_path):
    modules = loaded(command("machines", "list"), tmp_path)
    unwanted = {"numba", "scipy", "trimesh", "matplotlib", "shapely", "pyarrow"} & set(modules)
    assert not unwanted, chains(modules, unwanted)


@pytest.mark.parametrize("word", ["E203", "infill"])
def test_a_page_needs_no_numbers(word, tmp_path):
    modules = loaded(command("explain", word), tmp_path)
    unwanted = HEAVY & set(modules) - {"pydantic"}
    assert not unwanted, chains(modules, unwanted)


def test_a_wrong_machine_is_told_before_anything_heavy_is_loaded(tmp_path):
    write_stl(box((2.0, 2.0, 0.2)), tmp_path / "cube.stl")
    code = command("slice", "cube.stl", "-m", "m100", "--layer-thickness", "0,04").replace("; main()", "")
    code += "\n    try: main()\n    except SystemExit as end: assert end.code == 2"
    modules = loaded(code, tmp_path)
    unwanted = HEAVY & set(modules) - {"pydantic"}
    assert not unwanted, chains(modules, unwanted)


def test_a_plain_stl_without_pictures_needs_no_geometry_library(tmp_path):
    """Nor Numba, once the kernels are compiled; where they are called by Numba, it alone takes scipy."""
    write_stl(box((2.0, 2.0, 0.2)), tmp_path / "cube.stl")
    arguments = ("slice", "cube.stl", "-m", "m400-4", "--no-report", "-j", "1", "--force")
    loaded(command(*arguments), tmp_path)
    modules = loaded(command(*arguments), tmp_path)
    assert (tmp_path / "cube.amjob/job.json").is_file()
    unwanted = {"trimesh", "shapely", "matplotlib", "PIL"} & set(modules)
    if is_supported() and not numba_is_off():
        unwanted |= {"numba", "scipy"} & set(modules)
    unwanted |= {
        name
        for name, chain in modules.items()
        if name.partition(".")[0] == "scipy" and not any(line.startswith("numba/") for line in chain)
    }
    assert not unwanted, chains(modules, unwanted)


@pytest.mark.skipif(not is_supported() or numba_is_off(), reason="kernels are called by Numba here")
def test_contours_of_a_file_need_numpy_and_the_loader_of_kernels_only(tmp_path):
    write_stl(box((2.0, 2.0, 0.2)), tmp_path / "cube.stl")
    code = "import amprep; assert len(list(amprep.contours('cube.stl', layer_thickness_mm=0.04)))"
    loaded(code, tmp_path)
    modules = loaded(code, tmp_path)
    unwanted = (HEAVY - {"numpy"} | {"typer", "rich"}) & set(modules)
    assert not unwanted, chains(modules, unwanted)
