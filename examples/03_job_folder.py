"""Writes a job folder and reads a layer back: python 03_job_folder.py [part.stl]."""

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
vectors = run.layer(run.longest_layer)
power_w, speed_mm_s = run.beams(run.longest_layer, vectors)
x0, y0, x1, y1 = vectors.segments.astype(float).T
table = np.column_stack([x0, y0, x1, y1, vectors.laser + 1, vectors.region, power_w, speed_mm_s])
header = "x0_mm,y0_mm,x1_mm,y1_mm,laser,region,power_w,speed_mm_s"
np.savetxt("vectors.csv", table, fmt="%.6g", delimiter=",", header=header, comments="")
print(f"layer {run.longest_layer + 1} of {run.layer_count}: {len(vectors)} vectors")
print("wrote vectors.csv")
