"""Whether parts fit the build volume, by how much they do not, and what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.errors import BuildError
from amprep.model.job import layer_count_for_height
from amprep.model.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from amprep.model.job import PlacedPart
    from amprep.model.machine import BuildVolume, MachineProfile
    from amprep.model.mesh import SourceFile

__all__ = [
    "build_space_text",
    "edge_remark",
    "excess_mm",
    "fits",
    "require_fit",
    "require_layers",
    "require_room",
    "size_text",
    "turn_that_fits",
]

#: Distance to the edge of the platform below which a part is remarked upon (assumed).
EDGE_MARGIN_MM = 5.0

#: A part may stick out by rounding.
_ROUNDING_MM = 1e-6

#: What ends so little below a part carries it.
_TOUCHING_MM = 1e-3


def build_space_text(volume: BuildVolume) -> str:
    """``400 × 400 × 400 mm`` or ``Ø 100 × 95 mm``."""
    if volume.shape == "cylinder":
        return f"Ø {volume.size_x_mm.value:g} × {volume.height_mm.value:g} mm"
    return f"{volume.size_x_mm.value:g} × {volume.size_y_mm.value:g} × {volume.height_mm.value:g} mm"


def size_text(size_mm: Sequence[float]) -> str:
    """``108.0 × 56.0 × 44.0 mm``; small parts with more digits."""
    digits = 1 if min(size_mm) >= 1 else 3
    return " × ".join(f"{side:.{digits}f}" for side in size_mm) + " mm"


def excess_mm(vertices_mm: NDArray[np.float64], volume: BuildVolume) -> tuple[float, float]:
    """How far points stick out of the build volume, sideways and upwards (0 where they do not).

    vertices_mm : (V, 3) float64, mm
        Platform coordinates.
    """
    up = float(vertices_mm[:, 2].max() - volume.height_mm.value)
    if volume.shape == "cylinder":
        radius = np.hypot(vertices_mm[:, 0], vertices_mm[:, 1]).max()
        side = float(radius - volume.size_x_mm.value / 2)
    else:
        x0, y0, x1, y1 = volume.bounds_mm
        low, high = vertices_mm[:, :2].min(axis=0), vertices_mm[:, :2].max(axis=0)
        side = float(max(x0 - low[0], y0 - low[1], high[0] - x1, high[1] - y1))
    return (side if side > _ROUNDING_MM else 0.0), (up if up > _ROUNDING_MM else 0.0)


def _decisive_points(part: PlacedPart, volume: BuildVolume) -> NDArray[np.float64]:
    """(n, 3) float64, mm: points that stick out as far as the part does, or stay as clear of the edge."""
    box = part.bounds_mm
    if volume.shape != "cylinder":
        return box
    reach = np.hypot(*np.abs(box[:, :2]).max(axis=0))
    is_clear = reach <= volume.size_x_mm.value / 2 - EDGE_MARGIN_MM
    return box if is_clear else part.used_vertices_mm


def _centred(vertices_mm: NDArray[np.float64], volume: BuildVolume) -> NDArray[np.float64]:
    low, high = vertices_mm.min(axis=0), vertices_mm.max(axis=0)
    middle = (low + high) / 2
    middle[2] = low[2]
    x, y = volume.centre_mm
    moved: NDArray[np.float64] = vertices_mm - middle + np.array([x, y, 0.0])
    return moved


def require_fit(
    part: PlacedPart,
    machine: MachineProfile,
    other_machines: Callable[[], Sequence[MachineProfile]],
    *,
    beside: Sequence[PlacedPart] = (),
    copy: int = 0,
) -> list[Notice]:
    """Refuse a part that sticks out of the build volume; remark on one close to the edge.

    Parameters
    ----------
    other_machines : callable
        Gives further machines to suggest; called only when needed.
    beside : sequence of PlacedPart, optional
        All parts and supports of the job; one of them may carry the part.
    copy : int
        How many equal ones stand before it in the row that a position begins.

    Raises
    ------
    BuildError
        E401, with how far it sticks out and what would help.

    """
    volume = machine.build_volume
    points = _decisive_points(part, volume)
    side, up = excess_mm(points, volume)
    _require_above(part, points)
    if side == 0.0 and up == 0.0:
        notices = _unconfirmed_height(part, machine) + _floating(part, beside) + _idle(part, beside)
        return notices + edge_remark(-_side_reach(points, volume), part.name)
    vertices = part.used_vertices_mm
    ways = []
    if side:
        centred = excess_mm(_centred(vertices, volume), volume)[0]
        ways.append(f"{2 * centred:.1f} mm too wide" if centred else f"{side:.1f} mm over the edge")
    if up:
        ways.append(f"{up:.1f} mm too high")
    size = vertices.max(axis=0) - vertices.min(axis=0)
    space = build_space_text(volume)
    remedies = _remedies(vertices, machine, other_machines(), part.source, copy=copy)
    raise BuildError(
        f"does not fit the {machine.name}: part {size_text(size)}, build space {space}; {', '.join(ways)}",
        code="E401",
        where=part.name,
        why="Nothing was written.",
        fix=" · or ".join(remedies),
    )


def edge_remark(margin_mm: float, where: str) -> list[Notice]:
    """W405 on what comes so close to the edge of the platform, where that is close."""
    # As it is told: 5.0 mm are not less than 5 mm.
    if round(margin_mm, 1) >= EDGE_MARGIN_MM:
        return []
    text = (
        f"{max(margin_mm, 0):.1f} mm from the edge of the platform, less than {EDGE_MARGIN_MM:g} mm "
        "(assumed margin)"
    )
    return [Notice("W405", text, where=where, values={"margin_mm": round(max(margin_mm, 0.0), 3) + 0.0})]


def _unconfirmed_height(part: PlacedPart, machine: MachineProfile) -> list[Notice]:
    """A remark on a part that fits only if the build height is what nobody has confirmed."""
    height = machine.build_volume.height_mm
    top_mm = float(part.bounds_mm[1, 2])
    if top_mm <= height.bounds[0] + _ROUNDING_MM:
        return []
    grade = str(height.grade).replace("_", " ")
    text = (
        f"{top_mm:.1f} mm high: fits if the build height is {height.value:g} mm, which is {grade};"
        f" it may be as little as {height.bounds[0]:g} mm"
    )
    return [Notice("W218", text, where=part.name, values={"top_mm": round(top_mm, 3)})]


def _floating(part: PlacedPart, beside: Sequence[PlacedPart]) -> list[Notice]:
    """A remark on a part above the platform, where no box of another one reaches up to it."""
    bottom_mm = part.position_mm[2]
    if bottom_mm <= 0:
        return []
    low, high = part.bounds_mm
    for other in beside:
        under, top = other.bounds_mm
        is_below = under[2] < bottom_mm <= top[2] + _TOUCHING_MM
        if is_below and (under[:2] < high[:2]).all() and (top[:2] > low[:2]).all():
            return []
    text = f"begins {bottom_mm:g} mm above the platform, without support"
    return [Notice("W406", text, where=part.name, values={"bottom_mm": bottom_mm})]


def _require_above(part: PlacedPart, points: NDArray[np.float64]) -> None:
    """E401 for a support that reaches below the platform, as its part stands too low."""
    down = -float(points[:, 2].min())
    if down > _ROUNDING_MM:
        raise BuildError(
            f"the support reaches {down:.4g} mm below the platform",
            code="E401",
            where=part.name,
            why="It stands under its part as their files say, so nothing was written.",
            fix="leave z out of the part's position_mm: then the lowest place stands on the platform",
        )


def _idle(part: PlacedPart, beside: Sequence[PlacedPart]) -> list[Notice]:
    """A remark on a support whose box meets none of a part."""
    parts = [other for other in beside if not other.is_support]
    if not part.is_support or not parts:
        return []
    low, high = part.bounds_mm
    for other in parts:
        under, top = other.bounds_mm
        if (under <= high + _TOUCHING_MM).all() and (top >= low - _TOUCHING_MM).all():
            return []
    hint = (
        "list it behind its part, without position_mm, where both files have the same coordinates; else say "
        "its position_mm"
    )
    return [Notice("W410", "the support touches no part", where=part.name, hint=hint)]


def require_room(parts: Sequence[PlacedPart], machine: MachineProfile) -> None:
    """Refuse parts that were put in rows and do not fit together, though each of them would alone.

    Raises
    ------
    BuildError
        E401, with how many of them lie inside.

    """
    if len(parts) < 2:
        return
    volume = machine.build_volume
    inside = 0
    for part in parts:
        if excess_mm(_decisive_points(part, volume), volume) == (0.0, 0.0):
            inside += 1
        elif not fits(part.used_vertices_mm, volume):
            return
    if inside < len(parts):
        # Put in rows about the middle, all of them may stick out although one alone would fit.
        some = f"; {inside} of them lie inside" if inside else ""
        raise BuildError(
            f"{len(parts)} parts do not fit side by side on the {machine.name}, build space "
            f"{build_space_text(volume)}{some}",
            code="E401",
            where="parts",
            why="Nothing was written.",
            fix="fewer parts in a job, a smaller gap_mm in job.toml, or positions of your own (position_mm)",
        )


def _side_reach(vertices_mm: NDArray[np.float64], volume: BuildVolume) -> float:
    if volume.shape == "cylinder":
        return float(np.hypot(vertices_mm[:, 0], vertices_mm[:, 1]).max() - volume.size_x_mm.value / 2)
    x0, y0, x1, y1 = volume.bounds_mm
    low, high = vertices_mm[:, :2].min(axis=0), vertices_mm[:, :2].max(axis=0)
    return float(max(x0 - low[0], y0 - low[1], high[0] - x1, high[1] - y1))


def fits(vertices_mm: NDArray[np.float64], volume: BuildVolume) -> bool:
    """Whether a part fits as it stands, in the middle; `vertices_mm` are (V, 3) float64, mm."""
    return excess_mm(_centred(vertices_mm, volume), volume) == (0.0, 0.0)


def turn_that_fits(vertices_mm: NDArray[np.float64], volume: BuildVolume) -> str:
    """A turn with which a part fits, such as ``90° about x``; empty when none of those tried helps.

    Parameters
    ----------
    vertices_mm : (V, 3) float64, mm

    """
    names = {(0, 2, 1): "about x", (2, 1, 0): "about y", (1, 0, 2): "about z"}
    for order, axis in names.items():
        if fits(vertices_mm[:, order], volume):
            return f"90° {axis}"
    angle = _fitting_angle_deg(vertices_mm, volume)
    return "" if angle is None else f"{angle:g}° about z"


def _remedies(
    vertices_mm: NDArray[np.float64],
    machine: MachineProfile,
    others: Sequence[MachineProfile],
    source: SourceFile,
    *,
    copy: int,
) -> list[str]:
    # The question after the unit (W110) comes first: in another one the part may be small.
    remedies = [notice.hint for notice in source.notices if notice.code == "W110"]
    volume = machine.build_volume
    if fits(vertices_mm, volume):
        if copy:
            return ["fewer copies, or no position_mm, from which they follow along +x"]
        x, y = volume.centre_mm
        return [f"move it: in the middle, position_mm = [{x:g}, {y:g}], it fits"]
    fitting = [m.id for m in others if m.id != machine.id and fits(vertices_mm, m.build_volume)]
    if fitting:
        remedies.append(f"--machine {fitting[0]} (it fits there)")
    turn = turn_that_fits(vertices_mm, volume)
    if turn:
        remedies.append(f"rotate it {turn} (rotation_deg in job.toml)")
    scale = _fitting_scale(vertices_mm, volume)
    remedies.append(f"scale it by {scale:.2g}")
    if source.unit != "mm":
        remedies.append(f"check --unit {source.unit}")
    return remedies


def _fitting_angle_deg(vertices_mm: NDArray[np.float64], volume: BuildVolume) -> float | None:
    for angle in (45.0, 30.0, 60.0, 15.0, 75.0):
        c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        turned = vertices_mm.copy()
        turned[:, 0] = c * vertices_mm[:, 0] - s * vertices_mm[:, 1]
        turned[:, 1] = s * vertices_mm[:, 0] + c * vertices_mm[:, 1]
        if fits(turned, volume):
            return angle
    return None


def _fitting_scale(vertices_mm: NDArray[np.float64], volume: BuildVolume) -> float:
    size = vertices_mm.max(axis=0) - vertices_mm.min(axis=0)
    height = volume.height_mm.value / max(size[2], 1e-9)
    if volume.shape == "cylinder":
        radius = np.hypot(*(_centred(vertices_mm, volume)[:, :2]).T).max()
        side = volume.size_x_mm.value / 2 / max(radius, 1e-9)
    else:
        side = min(volume.size_x_mm.value / max(size[0], 1e-9), volume.size_y_mm.value / max(size[1], 1e-9))
    scale = float(min(side, height))
    # Rounded down to the two digits that are shown: what is rounded up would not fit.
    step = 10.0 ** (np.floor(np.log10(scale)) - 1)
    return float(np.floor(scale / step) * step)


def require_layers(part: PlacedPart, layer_thickness_mm: float) -> None:
    """Refuse a part that no cutting plane meets; planes lie at mid-layer, counted from the platform.

    Raises
    ------
    BuildError
        E403.

    """
    low, high = (float(z) for z in part.bounds_mm[:, 2])
    below = layer_count_for_height(low, layer_thickness_mm)
    if layer_count_for_height(high, layer_thickness_mm) <= below:
        raise BuildError(
            f"is {high - low:.4g} mm high, and no layer of {layer_thickness_mm * 1000:g} µm meets it",
            code="E403",
            where=part.name,
            why=f"It lies between the cutting planes next to z = {low:.4g} mm, so nothing was written.",
            fix="check the unit (--unit mm|inch|m) or the layer thickness (--layer-thickness)",
        )
