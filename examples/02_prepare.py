"""Slices and hatches a part and counts what each layer has: python 02_prepare.py [part.stl]."""

import sys
from pathlib import Path

import amprep
from amprep.demonstrators.primitives import box
from amprep.output.stl import write_stl

path = sys.argv[1] if len(sys.argv) > 1 else "box.stl"
if not Path(path).exists():
    write_stl(box((20.0, 12.0, 1.0)), path)


class Counter:
    """A sink: it is given every layer, in order."""

    rows = ("layer,top_mm,vectors,hatched_mm2,lost_mm2",)

    def write_layer(self, plan):
        areas = plan.areas
        row = (plan.index + 1, plan.top_mm, len(plan.vectors), areas.hatched_mm2, areas.lost_mm2)
        self.rows += (",".join(f"{value:.6g}" for value in row),)


counter = Counter()
prepared = amprep.prepare(amprep.assemble(path, machine="m400-4"), sinks=[counter])
Path("layers.csv").write_text("\n".join(counter.rows) + "\n")
total = prepared.estimate.total_s
print(f"{path}: {len(counter.rows) - 1} layers, {total.value:.0f} s ({total.low:.0f} to {total.high:.0f} s)")
print("wrote layers.csv")
