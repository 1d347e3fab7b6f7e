"""Films a layer as it is scanned, and the build as it grows: python 08_animate.py [job.amjob]."""

import sys

import amprep
from amprep.demonstrators.primitives import box
from amprep.output.stl import write_stl

if len(sys.argv) > 1:
    run = amprep.open_run(sys.argv[1])
else:
    write_stl(box((20.0, 12.0, 0.4)), "box.stl")
    run = amprep.build(amprep.assemble("box.stl", machine="m400-4"), "box.amjob", force=True)

for path, layer in (("layer.gif", run.longest_layer + 1), ("build.webp", None)):
    film = amprep.animate(run, path, layer=layer, seconds=2, lang="en", force=True)
    print(f"wrote {film.path}: {film.frames} frames, {film.seconds:g} s, {film.bytes / 1e6:.1f} MB")
