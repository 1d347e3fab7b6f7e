"""Shows who exposes what in a layer, and when: python 06_lasers_of_a_layer.py [part.stl]."""

import sys
from pathlib import Path

import numpy as np

import amprep
from amprep.demonstrators.primitives import box
from amprep.output.stl import write_stl

path = sys.argv[1] if len(sys.argv) > 1 else "box.stl"
if not Path(path).exists():
    write_stl(box((20.0, 12.0, 0.4)), path)

run = amprep.build(amprep.assemble(path, machine="m400-4"), "box.amjob", force=True)
layer = run.longest_layer
vectors = run.layer(layer)
seconds = run.vector_times(layer, vectors).total_s
for laser in np.unique(vectors.laser):
    own = vectors.laser == laser
    print(f"laser {laser + 1}: {own.sum():5} vectors, {seconds[own].sum():.2f} s")
for kind in ("lasers", "gantt"):
    print("wrote", amprep.save_picture(amprep.draw_picture(run, kind, lang="pl"), Path(f"{kind}.png")))
