"""Makes the bracket that the other examples slice: python 01_make_bracket.py [bracket.stl]."""

import sys

from amprep.demonstrators.bracket import bracket
from amprep.output.stl import write_stl

path = sys.argv[1] if len(sys.argv) > 1 else "bracket.stl"
part = bracket()
write_stl(part, path)
size = " × ".join(f"{extent:.0f}" for extent in part.size_mm)
print(f"{path}: {len(part.faces):,} triangles, {size} mm, {part.volume_mm3 / 1000.0:.1f} cm³")
