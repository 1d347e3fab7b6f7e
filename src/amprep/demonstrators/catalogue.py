"""The demonstrators: by name, with the parts that each puts on a platform and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amprep.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from amprep.model.mesh import Mesh

__all__ = ["DEMONSTRATORS", "DemoPart", "Demonstrator", "demonstrator"]


@dataclass(frozen=True, slots=True)
class DemoPart:
    """A part of a demonstrator."""

    name: str
    """Of its file, without ending."""
    mesh: Mesh
    offset_mm: tuple[float, float] = (0.0, 0.0)
    """Its middle seen from above, from the middle of the platform."""


@dataclass(frozen=True, slots=True)
class Demonstrator:
    """What a workshop shows: parts made by code.

    Parameters
    ----------
    name : str
        As in ``amprep demo run NAME``.
    parts : callable
        ``parts(small, text)`` makes the parts: `small` for a platform such as the round one of 100 mm of
        the M 100, `text` for the name tag.
    has_small_form : bool
        Whether the parts for a small platform are others than those for a large one.

    """

    name: str
    parts: Callable[[bool, str], tuple[DemoPart, ...]]
    has_small_form: bool = False


def demonstrator(name: str) -> Demonstrator:
    """The demonstrator of this name.

    Raises
    ------
    UsageError
        E104 when there is none.

    """
    for one in DEMONSTRATORS:
        if one.name == name.strip().lower():
            return one
    names = [one.name for one in DEMONSTRATORS]
    raise UsageError(
        f'there is no demonstrator "{name}".{did_you_mean(name, names)}',
        code="E104",
        fix=f"one of: {', '.join(names)}; or all",
    )


def _nametag(_small: bool, text: str) -> tuple[DemoPart, ...]:  # noqa: FBT001 - all makers are called alike
    from amprep.demonstrators.nametag import nametag

    return (DemoPart("nametag", nametag(text)),)


def _bracket(small: bool, _text: str) -> tuple[DemoPart, ...]:  # noqa: FBT001
    from amprep.demonstrators.brackets import bracket_after, bracket_before

    scale = 0.5 if small else 0.7
    aside = 33.0 * scale
    return (
        DemoPart("bracket-before", bracket_before(scale), (0.0, aside)),
        DemoPart("bracket-after", bracket_after(scale), (0.0, -aside)),
    )


def _overhang_fan(_small: bool, _text: str) -> tuple[DemoPart, ...]:  # noqa: FBT001
    from amprep.demonstrators.overhang_fan import overhang_fan

    return (DemoPart("overhang-fan", overhang_fan()),)


def _lattice_cube(_small: bool, _text: str) -> tuple[DemoPart, ...]:  # noqa: FBT001
    from amprep.demonstrators.lattices import gyroid_cube, strut_cube

    return (
        DemoPart("gyroid-cube", gyroid_cube(), (-14.0, 0.0)),
        DemoPart("strut-cube", strut_cube(), (14.0, 0.0)),
    )


def _thin_walls(_small: bool, _text: str) -> tuple[DemoPart, ...]:  # noqa: FBT001
    from amprep.demonstrators.primitives import thin_walls

    return (DemoPart("thin-walls", thin_walls(WALLS_MM, height_mm=12.0, gap_mm=2.5)),)


def _bridge_channel(_small: bool, _text: str) -> tuple[DemoPart, ...]:  # noqa: FBT001
    from amprep.demonstrators.channels import bridge_channel

    return (DemoPart("bridge-channel", bridge_channel()),)


def _nozzle(_small: bool, _text: str) -> tuple[DemoPart, ...]:  # noqa: FBT001
    from amprep.demonstrators.nozzle import nozzle, nozzle_cut

    return (
        DemoPart("nozzle", nozzle(), (-19.0, 0.0)),
        DemoPart("nozzle-cut", nozzle_cut(), (19.0, 0.0)),
    )


def _tensile_bars(_small: bool, _text: str) -> tuple[DemoPart, ...]:  # noqa: FBT001
    from amprep.demonstrators.tensile_bars import blank, tensile_bar

    lying = blank()
    upright = tensile_bar()
    return (
        DemoPart("bar-z1", upright, (-26.0, 12.0)),
        DemoPart("bar-z2", upright, (-12.0, 28.0)),
        DemoPart("blank-x", lying, (0.0, -30.0)),
        DemoPart("blank-45", _turned(lying, 45.0), (0.0, 0.0)),
    )


def _turned(mesh: Mesh, angle_deg: float) -> Mesh:
    import numpy as np

    from amprep.model.mesh import Mesh as MeshOf

    cosine, sine = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    turn = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    return MeshOf((mesh.vertices @ turn).astype(np.float32).astype(np.float64), mesh.faces)


#: Of the ladder of thin walls.
WALLS_MM = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0)


def _four_laser_plate(small: bool, _text: str) -> tuple[DemoPart, ...]:  # noqa: FBT001
    from amprep.demonstrators.four_lasers import border_bar, four_field_disc, one_field_tile

    scale = 0.28 if small else 1.0
    bars = {"1-2": (0.0, -110.0), "3-4": (0.0, 110.0), "1-3": (-110.0, 0.0), "2-4": (110.0, 0.0)}
    tiles = {"1": (-80.0, -80.0), "2": (80.0, -80.0), "3": (-80.0, 80.0), "4": (80.0, 80.0)}
    made = [("centre", four_field_disc(scale), (0.0, 0.0))]
    for one, (x, y) in bars.items():
        bar = border_bar(one, scale)
        # Across the border, not along it.
        made.append((f"border-{one}", bar if x == 0.0 else _turned(bar, 90.0), (x, y)))
    made += [(f"field-{one}", one_field_tile(one, scale), place) for one, place in tiles.items()]
    return tuple(DemoPart(name, mesh, (scale * x, scale * y)) for name, mesh, (x, y) in made)


def _zittau_tower(_small: bool, _text: str) -> tuple[DemoPart, ...]:  # noqa: FBT001
    from amprep.demonstrators.tower import zittau_tower

    return (DemoPart("zittau-tower", zittau_tower()),)


#: In the order in which a workshop shows them.
DEMONSTRATORS = (
    Demonstrator("nametag", _nametag),
    Demonstrator("bracket", _bracket, has_small_form=True),
    Demonstrator("overhang-fan", _overhang_fan),
    Demonstrator("lattice-cube", _lattice_cube),
    Demonstrator("thin-walls", _thin_walls),
    Demonstrator("bridge-channel", _bridge_channel),
    Demonstrator("nozzle", _nozzle),
    Demonstrator("tensile-bars", _tensile_bars),
    Demonstrator("four-laser-plate", _four_laser_plate, has_small_form=True),
    Demonstrator("zittau-tower", _zittau_tower),
)
