"""A part with all regions, whose areas follow from its sizes, and jobs of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from manifold3d import Manifold

from amprep.assembling import assemble_job
from amprep.layering import prepare_layer
from amprep.model.job import Job
from amprep.model.mesh import Mesh
from amprep.model.scan import LayerPlan
from amprep.output.stl import write_stl
from amprep.reading.job_file import JobFile

LAYERS = 30
"""Of 0.04 mm; pillars 1 … 10, the bridge on them 11 … 20, a tower on it 21 … 30."""

PILLARS_MM2, BRIDGE_MM2, TOWER_MM2, SPAN_MM2, WALL_MM2 = 48.0, 72.0, 24.0, 24.0, 0.48

#: Everything as in the core, no skins: what tests change is all there is.
PLAIN: dict[str, Any] = {
    "upskin": {"layers": 0},
    "downskin": {"layers": 0},
    "hatch": {"gas_window_deg": 0},
}

#: A job file with every kind of parameter.
EVERYTHING = """
name = "all of it"
machine = "m400-4"
contour_order = "last"
part_order = "as_listed"

[hatch]
pattern = "chess"
island_mm = 2.5
stripe_overlap_mm = 0.06
angles_deg = [10, 77.5, 130]
cell_shift_mm = 0.3
cell_order = "shortest"
anchor = "part"
gas_window_deg = 20
hatch_distance_mm = 0.11

[contour]
count = 2
distance_mm = 0.09
direction = "reversed"
start = "rotated"
corners = "round"
sequence = "inside_out"
scan_speed_mm_s = 801

[upskin]
layers = 3
pattern = "meander"
angles_deg = [45]
overlap_mm = 0.05
max_angle_deg = 60
min_width_mm = 0.2
contour_laser_power_w = 95

[downskin]
layers = 2
z_compensation_mm = 0.04
hatch_distance_mm = 0.09
laser_power_w = 150

[edge]
min_width_mm = 0.06
laser_power_w = 88

[support]
pattern = "unidirectional"
hatch_distance_mm = 0.2

[filters]
shortest_vector_mm = 0.05
collinear_mm = 0.001
fill_to_perimeter_mm = 0.02

[cost]
machine_eur_h = 95.5
powder_eur_kg = 44
set_up_per_job_h = 0

[scaling]
x_pct = 1
y_pct = 0.5
z_pct = -1

[[rules]]
layers = "1..8"
[rules.hatch]
hatch_distance_mm = 0.1
pattern = "stripes"
angles_deg = [0, 90]
[rules.edge]
exposed = "no"

[[rules]]
layers = "9.."
every = 5
[rules.reexpose]
regions = ["contour", "upskin"]
when = "before"
laser_power_w = 101
scan_speed_mm_s = 700

[[rules]]
layers = "5"
[rules.contour]
laser_power_w = 120
[rules.reexpose]
regions = ["core"]

[[rules]]
every = 7
[rules.upskin]
pattern = "concentric"

[[parts]]
file = "bridge.stl"
unit = "mm"
position_mm = [203.3, 197.1]
rotation_deg = [0, 0, 30]
count = 2

[[parts]]
file = "bridge.stl"
name = "its own"
unit = "mm"
position_mm = [80, 60]
[parts.exposure.contour]
beam_offset_mm = 0.06
count = 1
[parts.exposure.upskin]
layers = 5
[parts.exposure.hatch]
stripe_width_mm = 4
pattern = "hexagon"

[[parts]]
file = "bridge.stl"
name = "prop"
unit = "mm"
structure = "support"
position_mm = [300, 300]
"""


def _cuboid(x0: float, y0: float, z0: float, x1: float, y1: float, z1: float) -> Manifold:
    return Manifold.cube((x1 - x0, y1 - y0, z1 - z0)).translate((x0, y0, z0))


def bridge(*, wall: bool = True) -> Mesh:
    """Two pillars, a bridge with a span of 4 × 6 mm, a tower on one end, and beside it a wall of 0.08 mm."""
    body = _cuboid(0, 0, 0, 4, 6, 0.4) + _cuboid(8, 0, 0, 12, 6, 0.4) + _cuboid(0, 0, 0.4, 12, 6, 0.8)
    body += _cuboid(0, 0, 0.8, 4, 6, 1.2)
    if wall:
        body += _cuboid(14, 0, 0, 14.08, 6, 1.2)
    mesh = body.to_mesh()
    return Mesh(
        np.asarray(mesh.vert_properties, dtype=np.float64)[:, :3], np.asarray(mesh.tri_verts, np.int32)
    )


def write_bridge(folder: Path, *, wall: bool = True) -> Path:
    """The part as ``bridge.stl``."""
    path = folder / "bridge.stl"
    write_stl(bridge(wall=wall), path)
    return path


def job_of(folder: Path, *parts: dict[str, Any], **values: Any) -> Job:
    """A job of ``bridge.stl`` on the M 400-4, plain but for `values`; tables of `PLAIN` are kept."""
    given = {key: PLAIN.get(key, {}) | values.get(key, {}) for key in PLAIN}
    entries = parts or ({"position_mm": [100.0, 100.0]},)
    document = {
        "machine": "m400-4",
        "parts": [{"file": "bridge.stl", "unit": "mm"} | part for part in entries],
        **values,
        **given,
    }
    return assemble_job(JobFile.model_validate(document), folder)


def layer(job: Job, number: int) -> LayerPlan:
    """Layer `number`, from 1."""
    return prepare_layer(job, number - 1)
