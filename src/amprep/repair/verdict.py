"""What is said of a mesh that was mended, and which meshes are refused."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from amprep.errors import MeshError, as_argument
from amprep.model.notice import Notice
from amprep.model.wording import measure_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.model.mesh import MeshReport

__all__ = [
    "causes_of_damage",
    "encloses_nothing",
    "layers_between",
    "layers_text",
    "notices_of",
    "repair_command",
    "require_closed",
    "require_unrepaired",
]

#: Ranges of layers that a message lists.
_MOST_RANGES = 8


def layers_between(
    ranges_mm: Sequence[tuple[float, float]], bottom_mm: float, thickness_mm: float
) -> list[tuple[int, int]]:
    """First and last layer, counted from 1, whose planes cross the heights; ranges that meet are one.

    Parameters
    ----------
    ranges_mm : sequence of (low, high)
        Heights in the file's coordinates, ascending.
    bottom_mm : float
        Where the first layer begins.

    """
    found: list[tuple[int, int]] = []
    for low, high in ranges_mm:
        # Plane k, from 0, lies at (k + 1/2) thicknesses; a corner on a plane counts as above it.
        first = math.floor((low - bottom_mm) / thickness_mm + 0.5) + 1
        last = math.floor((high - bottom_mm) / thickness_mm + 0.5)
        if first > last:
            continue
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def layers_text(layers: Sequence[tuple[int, int]]) -> str:
    """``layer 3``, ``layers 3 – 8 and 12``; long lists are cut."""
    # One more is told as shortly as that there is one more.
    shown = _MOST_RANGES if len(layers) > _MOST_RANGES + 1 else len(layers)
    words = [f"{a}" if a == b else f"{a} – {b}" for a, b in layers[:shown]]
    many = len(layers) > 1 or layers[0][0] != layers[0][1]
    if len(layers) > shown:
        words.append(f"{len(layers) - shown} more ranges up to {layers[-1][1]}")
    listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return f"layer{'s' if many else ''} {listed}"


def require_closed(
    report: MeshReport,
    *,
    name: str,
    file: str | None = None,
    unit: str | None = None,
    layer_thickness_mm: float | None = None,
    causes: Sequence[str] = (),
    closing_tolerance_mm: float | None = None,
) -> None:
    """Refuse a mesh that encloses no definite volume.

    Parameters
    ----------
    file, unit : str, optional
        Path and unit as they were given, for a command that closes the mesh; no path where the file holds
        several parts.
    layer_thickness_mm : float, optional
        For the numbers of the layers concerned, as the part lies in the file.
    causes : sequence of str
        What reading the file remarked and may explain the gaps.
    closing_tolerance_mm : float, optional
        A crack tolerance that would close them.

    Raises
    ------
    MeshError
        E203 open, E208 contradicting triangles, E209 no volume.

    """
    if not report.is_watertight:
        option = "--fill-holes"
        if closing_tolerance_mm is not None:
            option = f"--crack-tolerance {closing_tolerance_mm * 1000:g}um"
        fix = (
            f"slice it with {option}" if file is None else repair_command(file, unit, f"CLOSED.stl {option}")
        )
        if closing_tolerance_mm is not None:
            fix += ", as the gaps are cracks no wider than that"
        elif report.inconsistent_edges:
            fix = ""  # no hole is filled where triangles contradict each other
        raise _open_mesh(report, name, fix, layer_thickness_mm, causes)
    if encloses_nothing(report):
        raise MeshError(
            f"the mesh encloses no volume ({report.volume_mm3:.3g} mm³)",
            code="E209",
            where=name,
            why="A surface without thickness cannot be built, so nothing was written.",
            fix="give it a thickness in the CAD and export a solid",
        )


def causes_of_damage(remarks: Sequence[Notice]) -> list[str]:
    """What reading a file remarked that may explain why its mesh is open."""
    return [notice.text for notice in remarks if notice.code == "W215" or "finite" in notice.text]


def _open_mesh(
    report: MeshReport, name: str, fix: str, layer_thickness_mm: float | None, causes: Sequence[str]
) -> MeshError:
    place = report.open_edge_example_mm or (0.0, 0.0, 0.0)
    near = f"near ({place[0]:.4g}, {place[1]:.4g}, {place[2]:.4g}) mm"
    closing = ", so nothing was written."
    rebuild = "rebuild the surface there as a solid in the CAD and export it again"
    fix = f"{fix}, or close the mesh in the CAD and export it again" if fix else rebuild
    if causes:
        closing += " The likely cause: " + "; ".join(causes) + "."
        fix = "export the part again; the file is damaged"
    edges = "1 edge" if report.inconsistent_edges == 1 else f"{report.inconsistent_edges} edges"
    if report.open_edges:
        what = f"the mesh is open: {report.open_edges} boundary edges, one {near}"
        if report.inconsistent_edges:
            what += f"; {edges} between triangles that point in opposite directions"
        why = _reach(report, layer_thickness_mm) + closing
        return MeshError(what, code="E203", where=name, why=why, fix=fix)
    return MeshError(
        f"triangles point in different directions at {edges}, one {near}",
        code="E208",
        where=name,
        why="They cannot be turned so that all agree: there is no inside there" + closing,
        fix=rebuild,
    )


def _reach(report: MeshReport, layer_thickness_mm: float | None) -> str:
    """Which layers the gaps touch."""
    low, high = report.open_z_range_mm or (0.0, 0.0)
    heights = f"z = {low:.4g} … {high:.4g} mm of the file"
    if not layer_thickness_mm:
        return f"Layers between z = {low:.4g} and {high:.4g} mm of the file would have gaps"
    layers = layers_between(report.open_z_ranges_mm, report.bottom_mm, layer_thickness_mm)
    if not layers:
        return f"The gap lies between two layer planes, {heights}: what it encloses is not certain"
    is_one = len(layers) == 1 and layers[0][0] == layers[0][1]
    text = layers_text(layers)
    return f"{text[0].upper()}{text[1:]}, {heights}, would have {'a gap' if is_one else 'gaps'}"


def repair_command(file: str, unit: str | None, output: str) -> str:
    """What mends `file`, to be pasted into a shell; `output` may hold further options."""
    shown = as_argument(file)
    return f"amprep repair {shown}{f' --unit {unit}' if unit else ''} -o {output}"


def require_unrepaired(
    report: MeshReport,
    *,
    name: str,
    file: str | None = None,
    unit: str | None = None,
    remarks: Sequence[Notice] = (),
) -> None:
    """Refuse a mesh of which anything had to be changed: ``--strict``.

    Parameters
    ----------
    file, unit : str, optional
        As `require_closed` has them.
    remarks : sequence of Notice
        What reading the file remarked; dropped triangles and damage count as changes.

    Raises
    ------
    MeshError
        E273 with every change.

    """
    dropped = [notice.text for notice in remarks if notice.code in {"W210", "W215"}]
    changes = [notice.text for notice in report.notices if notice.code != "W213"]
    if report.degenerate_dropped and not dropped:
        count = report.degenerate_dropped
        those = "triangle without area was" if count == 1 else "triangles without area were"
        changes.append(f"{count} {those} dropped")
    faults = [*dropped, *changes]
    if faults:
        raise MeshError(
            "the mesh needs repair, and --strict allows none",
            code="E273",
            where=name,
            faults=faults,
            fix=("" if file is None else f"{repair_command(file, unit, 'CLEAN.stl')}, or ")
            + "leave --strict out",
        )


def encloses_nothing(report: MeshReport) -> bool:
    """Whether a closed mesh is a surface without thickness."""
    return report.volume_mm3 <= 1e-9 * max(report.size_mm) ** 3


def _cracks_text(report: MeshReport) -> str:
    edges = "1 edge" if report.cracks_closed == 1 else f"{report.cracks_closed} edges"
    done = []
    if report.corners_moved:
        merged = report.corners_moved
        done.append("1 corner merged" if merged == 1 else f"{merged} corners merged")
    if report.edges_split:
        split = report.edges_split
        done.append("1 edge split" if split == 1 else f"{split} edges split")
    # Where corners lie on an edge but for rounding, a nanometre is more than enough.
    largest_um = max(report.largest_move_mm * 1000, 0.001)
    done.append(
        f"nothing moved by more than {largest_um:.3g} µm" if report.largest_move_mm else "nothing moved"
    )
    return f"cracks were closed at {edges}: {', '.join(done)}"


def notices_of(report: MeshReport, name: str) -> tuple[Notice, ...]:
    """One notice for each kind of change, and for edges that more than two triangles share."""
    found: list[tuple[str, str, dict[str, float | int | str]]] = []
    if report.duplicates_dropped:
        count = report.duplicates_dropped
        those = "triangle that lies on another was" if count == 1 else "triangles that lie on another were"
        found.append(("W210", f"{count} {those} dropped", {"triangles": count}))
    if report.vertices_welded:
        count = report.vertices_welded
        text = "1 corner that rounding had torn apart was welded"
        if count != 1:
            text = f"{count} corners that rounding had torn apart were welded"
        found.append(("W217", text, {"vertices": count}))
    if report.cracks_closed:
        largest_mm = round(report.largest_move_mm, 6)
        found.append(
            (
                "W270",
                _cracks_text(report),
                {"edges": report.cracks_closed, "largest_move_mm": largest_mm},
            )
        )
    if report.triangles_turned:
        count = report.triangles_turned
        those = "triangle that pointed" if count == 1 else "triangles that pointed"
        was = "was" if count == 1 else "were"
        found.append(("W271", f"{count} {those} against the rest {was} turned", {"triangles": count}))
    if report.shells_turned:
        bodies = "body was" if report.shells_turned == 1 else "bodies were"
        text = f"{report.shells_turned} {bodies} inside out and turned round"
        found.append(("W211", text, {"shells": report.shells_turned}))
    if report.holes_filled:
        holes = "hole was" if report.holes_filled == 1 else "holes were"
        area = measure_text(report.hole_area_mm2, 4)
        text = (
            f"{report.holes_filled} {holes} filled with {report.hole_triangles} "
            f"triangle{'' if report.hole_triangles == 1 else 's'} of "
            f"{area} mm², the largest {report.largest_hole_mm:.4g} mm across"
        )
        found.append(("W272", text, {"holes": report.holes_filled, "area_mm2": report.hole_area_mm2}))
    if report.shells_of_nothing:
        count = report.shells_of_nothing
        bodies = "surface that was" if count == 1 else "surfaces that were"
        enclose = "encloses" if count == 1 else "enclose"
        text = f"{count} {bodies} closed by filling {enclose} nothing: look at the gap there"
        found.append(("W275", text, {"shells": count}))
    if report.edges_through_filling:
        count = report.edges_through_filling
        passing = "edge passes" if count == 1 else "edges pass"
        text = (
            f"{count} {passing} through what fills holes; look at the result"
            if count > 0
            else "whether what fills holes passes through the mesh was not tested: it is too large"
        )
        found.append(("W275", text, {"edges": count}))
    if report.nonmanifold_edges and report.is_watertight:
        count = report.nonmanifold_edges
        edges = "edge is" if count == 1 else "edges are"
        text = f"{count} {edges} shared by more than two triangles (bodies that touch)"
        found.append(("W213", text, {"edges": count}))
    return tuple(Notice(code, text, where=name, values=values) for code, text, values in found)
