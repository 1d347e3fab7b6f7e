"""Says what a part takes and costs: python 04_estimate_and_cost.py [part.stl]."""

import json
import sys
from pathlib import Path

import amprep
from amprep.demonstrators.primitives import box
from amprep.estimation.cost import cost_of
from amprep.output.stl import write_stl
from amprep.profiles import find_rates

path = sys.argv[1] if len(sys.argv) > 1 else "box.stl"
if not Path(path).exists():
    write_stl(box((20.0, 12.0, 0.4)), path)

job = amprep.assemble(path, machine="m400-4")
estimate = amprep.prepare(job).estimate
cost = cost_of(job, estimate, find_rates())
figures = {
    "job_h": (estimate.job_s.value / 3600, estimate.job_s.low / 3600, estimate.job_s.high / 3600),
    "part_g": (estimate.powder.part_g.value, estimate.powder.part_g.low, estimate.powder.part_g.high),
    "cost_eur": (cost.total_eur.value, cost.total_eur.low, cost.total_eur.high),
}
for name, (value, low, high) in figures.items():
    print(f"{name:10}{value:10.2f}   ({low:.2f} to {high:.2f}, with assumed values)")
rests_on = [{"input": one.name, "grade": str(one.grade)} for one in estimate.job_assumptions]
document = {"figures": figures, "rests_on": rests_on}
Path("estimate.json").write_text(json.dumps(document, indent=1))
print("wrote estimate.json")
