"""All parameters of an exposure in one place: key, limits or words, and what it means.

From this list come the tables of process files (each value with grade and source), of job files (bare values
that replace those of the process) and of their JSON Schema. Defaults stand in `amprep.model.exposure`.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PARAMETERS", "Parameter"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number between `low` and `high`, or one of `words`, or a list of numbers."""

    key: str
    text: str
    low: float = 0.0
    high: float = 0.0
    words: tuple[str, ...] = ()
    is_list: bool = False
    is_whole: bool = False
    is_required: bool = False
    """In a process file; what is not required has a default, or follows another table."""


_POWER = Parameter("laser_power_w", "Laser power.", 5, 4_000, is_required=True)
_SPEED = Parameter("scan_speed_mm_s", "Scan speed while the laser is on.", 5, 20_000, is_required=True)

_HATCH = (
    _POWER,
    _SPEED,
    Parameter("hatch_distance_mm", "Between two hatch lines.", 0.005, 1, is_required=True),
    Parameter(
        "beam_offset_mm",
        "From the nominal boundary to the ends of the hatch; further contours add their distance.",
        0,
        1,
        is_required=True,
    ),
    Parameter("stripe_width_mm", "Width of the stripes.", 0.1, 2000, is_required=True),
    Parameter(
        "stripe_overlap_mm", "By how much stripes or islands overlap in all.", 0, 1, is_required=True
    ),
    Parameter(
        "start_angle_deg", "Direction in the first layer, from +x, counter-clockwise.", -1e6, 1e6,
        is_required=True,
    ),
    Parameter("rotation_deg", "Added to the direction per layer.", -1e6, 1e6, is_required=True),
    Parameter(
        "pattern",
        "How a region is filled.",
        words=("stripes", "meander", "unidirectional", "chess", "hexagon", "concentric"),
    ),
    Parameter("island_mm", "Width of the islands of chess and hexagon.", 0.5, 2000),
    Parameter("cell_shift_mm", "By how much stripes or islands move per layer.", -1000, 1000),
    Parameter(
        "cell_order", "Order of stripes and islands.",
        words=("as_scanned", "against_gas", "along_gas", "shortest"),
    ),
    Parameter("anchor", "What the grid of the pattern lies still on.", words=("platform", "part")),
    Parameter(
        "angles_deg", "Directions layer after layer, in place of start angle and rotation.", -1e6, 1e6,
        is_list=True,
    ),
    Parameter("gas_window_deg", "How far from the gas flow's direction vectors keep.", 0, 80),
)  # fmt: skip

_OWN = (
    Parameter(
        "contour_laser_power_w",
        "Laser power of the region's contour; default: of its hatch, if that has its own beam.",
        5,
        4_000,
    ),
    Parameter(
        "contour_scan_speed_mm_s", "Scan speed of the region's contour; default: as the power.", 5, 20_000
    ),
)


def _optional(parameters: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
    return tuple(Parameter(p.key, p.text, p.low, p.high, p.words, p.is_list, p.is_whole) for p in parameters)


_SKIN = (
    *_optional(_HATCH),
    *_OWN,
    Parameter("layers", "Over how many layers; 0 for none.", 0, 1000, is_whole=True),
    Parameter("min_width_mm", "Narrower strips stay core.", 0, 50),
    Parameter("max_angle_deg", "Slope from the horizontal up to which a surface counts.", 0.1, 90),
    Parameter("overlap_mm", "How far the hatch of the skin reaches into the core.", 0, 5),
)

#: The parameters of each table of a process file.
PARAMETERS: dict[str, tuple[Parameter, ...]] = {
    "core": _HATCH,
    "contour": (
        _POWER,
        _SPEED,
        Parameter(
            "beam_offset_mm", "From the nominal boundary to the outermost contour.", 0, 1, is_required=True
        ),
        Parameter("count", "How many contours, one inside the other; 0: hatch alone.", 0, 100, is_whole=True),
        Parameter("distance_mm", "Between the centre lines of two contours.", 0.005, 5),
        Parameter("corners", "How contours go round corners.", words=("mitre", "round")),
        Parameter("sequence", "Which of several contours comes first.", words=("outside_in", "inside_out")),
        Parameter(
            "direction", "As is: outer loops counter-clockwise, holes clockwise.",
            words=("as_is", "reversed"),
        ),
        Parameter("start", "Where a contour begins.", words=("nearest", "against_gas", "rotated")),
    ),
    "upskin": _SKIN,
    "downskin": (
        *_SKIN,
        Parameter(
            "z_compensation_mm", "Height above powder left out, in strips of `min_width_mm` or more.", 0, 5
        ),
    ),
    "edge": (
        *_optional((_POWER, _SPEED)),
        Parameter("min_width_mm", "Walls thinner than this are lost, and listed.", 0.001, 5),
        Parameter("exposed", "Whether walls too thin for the contour get a track.", words=("yes", "no")),
    ),
    "support": (*_optional(_HATCH), *_OWN),
    "filters": (
        Parameter("shortest_vector_mm", "Hatch vectors below this length are dropped.", 0, 10),
        Parameter("collinear_mm", "Points of contours and rings nearer to a line are left out.", 0, 0.1),
        Parameter(
            "fill_to_perimeter_mm",
            "Hatch ends this near to the centre line of the innermost contour are drawn to it.",
            0,
            5,
        ),
    ),
    "scaling": (
        Parameter("x_pct", "By how much parts are made larger along the platform's x.", -20, 20),
        Parameter("y_pct", "By how much parts are made larger along the platform's y.", -20, 20),
        Parameter("z_pct", "By how much parts are made larger in height.", -20, 20),
    ),
    "lasers": (
        Parameter(
            "strategy", "Who exposes what on a machine with several lasers.",
            words=("balanced", "quadrant", "part"),
        ),
        Parameter(
            "contours_by",
            "What of contours and edges stays with one laser as far as its field reaches; for `balanced`.",
            words=("part", "contour"),
        ),
        Parameter(
            "seam_pattern", "How seams between lasers wander from layer to layer.",
            words=("interlaced", "shifted", "straight"),
        ),
        Parameter(
            "seam_distance_mm", "How far apart the seams of layers that follow each other stand at least.",
            0.05, 10,
        ),
        Parameter(
            "seam_steps", "After how many layers a seam may stand at the same place again.", 2, 50,
            is_whole=True,
        ),
        Parameter(
            "seam_overlap_mm", "By how much the two pieces of a vector overlap at a seam in all.", 0, 1
        ),
        Parameter(
            "smoke_order",
            "Whether blocks are ordered so that lasers mark less in each other's smoke.",
            words=("yes", "no"),
        ),
    ),
}  # fmt: skip
