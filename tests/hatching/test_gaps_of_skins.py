"""Places that the lines of a skin miss: of a wall that is skin all over, those of a core hatched that way."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely
import shapely.affinity

from amprep.hatching.division import Division, Surroundings
from amprep.hatching.exposing import expose, lost_regions
from amprep.hatching.filling import hatch_angle_deg
from amprep.kernels.areas import signed_area
from amprep.model.exposure import OwnExposure
from amprep.model.scan import Region
from amprep.model.skins import Skins
from amprep.polygons import NO_CONTOURS, contours_of
from amprep.profiles import find_process_by_id

PROCESS = find_process_by_id("m400_4_316l_40um")
WIDER = replace(PROCESS.core.hatch_distance_mm, value=0.3)
TURNED = replace(PROCESS.core.start_angle_deg, value=90.0)


def wall(width_mm, turn_deg=0.0):
    """Its middle lies midway between two hatch lines of the core, in the first layer."""
    angle_deg = hatch_angle_deg(PROCESS.core, 0) + turn_deg
    box = shapely.affinity.rotate(
        shapely.box(0.0, -width_mm / 2, 8.0, width_mm / 2), angle_deg, origin=(0, 0)
    )
    return contours_of([shapely.get_coordinates(box.exterior)[:-1]])


def all_skin(name):
    def divide(region):
        found = Skins(region, NO_CONTOURS) if name == "upskin" else Skins(NO_CONTOURS, region)
        return Division(region, found, found)

    return Surroundings(divide=divide)


@pytest.mark.parametrize("name", ["upskin", "downskin"])
@pytest.mark.parametrize(
    ("own", "width_mm"),
    [
        ({"hatch_distance_mm": WIDER}, 0.45),
        ({"hatch_distance_mm": WIDER}, 0.35),
        ({"start_angle_deg": TURNED}, 0.25),
    ],
)
def test_a_skin_is_asked_about_its_own_lines(name, own, width_mm):
    part = wall(width_mm, 90.0 if "start_angle_deg" in own else 0.0)
    skin = replace(getattr(PROCESS, name), own=OwnExposure(hatch=tuple(own.items())))
    process, around = replace(PROCESS, **{name: skin}), all_skin(name)
    found = expose(part, process, 0, around=around)
    assert {Region(r).key for r in set(found.region.tolist())} <= {name, f"{name}_contour"}
    as_core = expose(part, replace(PROCESS, core=replace(PROCESS.core, **own)), 0)
    assert found.areas.as_row() == pytest.approx(as_core.areas.as_row(), abs=1e-9), "mm²"
    if "hatch_distance_mm" in own:
        assert found.areas.lost_gap_mm2 == pytest.approx(8.0 * (width_mm - 0.2), rel=0.25), "mm²"
        drawn = lost_regions(part, process, 0, around=around)
        assert signed_area(drawn.points, drawn.offsets) == pytest.approx(7.8 * (width_mm - 0.2), rel=0.02)


@pytest.mark.parametrize("pattern", ["chess", "hexagon"])
def test_lines_wander_alike_whatever_the_width_of_the_islands(pattern):
    """A skin with other islands than the core, after a way of several of their widths."""
    moved = {"pattern": pattern, "cell_shift_mm": 0.37, "hatch_distance_mm": 0.3}
    core = replace(
        PROCESS.core,
        **{key: replace(getattr(PROCESS.core, key), value=value) for key, value in moved.items()},
    )
    own = {"island_mm": replace(PROCESS.core.island_mm, value=2.325)}
    skin = replace(PROCESS.upskin, own=OwnExposure(hatch=tuple(own.items())))
    layer = 60
    angle_deg = hatch_angle_deg(core, layer)
    box = shapely.affinity.rotate(shapely.box(0.0, -0.225, 8.0, 0.225), angle_deg, origin=(0, 0))
    part = contours_of([shapely.get_coordinates(box.exterior)[:-1]])
    found = expose(part, replace(PROCESS, core=core, upskin=skin), layer, around=all_skin("upskin"))
    as_core, wide = (expose(part, replace(PROCESS, core=one), layer) for one in (replace(core, **own), core))
    assert as_core.areas.lost_gap_mm2 > 0.5, "mm²"
    assert wide.areas.lost_gap_mm2 == pytest.approx(as_core.areas.lost_gap_mm2, abs=1e-9), "mm²"
    assert found.areas.lost_gap_mm2 == pytest.approx(as_core.areas.lost_gap_mm2, abs=1e-9), "mm²"
