# ruff: noqa: INP001, T201
"""The picture of docs/how-to/compare-machines.md; `python docs/pictures/compare.py` writes it here."""

from __future__ import annotations

import tempfile
from pathlib import Path

from amprep.comparison import compare
from amprep.demonstrators.bracket import bracket
from amprep.model.mesh import Mesh
from amprep.output.comparison import comparison_hash
from amprep.output.stl import write_stl
from amprep.pictures.compare import comparison_alt_text, draw_comparison
from amprep.pictures.style import save
from amprep.version import __version__

FOLDER = Path(__file__).parent
QUANTITY = 12

#: The bracket of the first example, made small enough for the round platform.
SCALE = 0.5

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "bracket.stl"
        whole = bracket()
        write_stl(Mesh(whole.vertices * SCALE, whole.faces), part)
        found = compare([part], machines=["m100", "m400-4"], quantities=[QUANTITY], unit="mm", outlines=True)
    figure = draw_comparison(found, version=__version__, job_hash=comparison_hash(found))
    save(figure, FOLDER / "compare.png")
    print(comparison_alt_text(found))
