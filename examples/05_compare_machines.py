"""Compares two machines for some copies of a part: python 05_compare_machines.py [part.stl]."""

import sys
from pathlib import Path

import amprep
from amprep.demonstrators.primitives import box
from amprep.output.stl import write_stl
from amprep.pictures.compare import draw_comparison
from amprep.pictures.style import save
from amprep.profiles import find_rates

path = sys.argv[1] if len(sys.argv) > 1 else "box.stl"
if not Path(path).exists():
    write_stl(box((20.0, 12.0, 0.4)), path)

found = amprep.compare(
    [path], machines=["m100", "m400-4"], quantities=[1, 12], rates=find_rates(), outlines=True
)
for one in found.candidates:
    for row in one.rows:
        hours, euros = row.total["time_s"].value / 3600, row.total["cost_eur"].value
        print(f"{one.machine.name:12} {row.quantity:3} parts: {hours:6.1f} h, {euros:7.0f} EUR")
save(draw_comparison(found, version=amprep.__version__, job_hash="example", lang="de"), "compare.png")
print("wrote compare.png")
