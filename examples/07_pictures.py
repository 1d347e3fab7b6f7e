"""Draws pictures of a job for a slide and for paper: python 07_pictures.py [job.amjob]."""

import sys
from pathlib import Path

import amprep
from amprep.demonstrators.primitives import box
from amprep.output.stl import write_stl

if len(sys.argv) > 1:
    run = amprep.open_run(sys.argv[1])
else:
    write_stl(box((20.0, 12.0, 0.4)), "box.stl")
    run = amprep.build(amprep.assemble("box.stl", machine="m400-4"), "box.amjob", force=True)

for kind in ("plate", "overhang", "energy"):
    for lang, profile, suffix in (("en", "slide", "png"), ("cs", "print", "pdf")):
        picture = amprep.draw_picture(run, kind, lang=lang, profile=profile)
        print("wrote", amprep.save_picture(picture, Path(f"{kind}-{lang}.{suffix}")))
        print(" ", picture.alt)
