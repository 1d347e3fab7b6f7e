"""The bridge of AMB2018-01, made from its published numbers.

::

     z 12.5   ▂    ▂    ▂    ▂         11 ridges, 1 mm wide, every 7 mm
     z 12   ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔╲
     z 7     ▁▁ ▁▁  ▁▁▁             ╲  tip: 45° in plan, on both sides
     z 5    │ ╱││ ╱│ ╱              │
            │ │││ │ │               │  12 legs of 5.0, 0.5 and 2.5 mm, gaps of 2 mm, block from x = 56
     z 0    └─┘└┘ └─┘ ...  └────────┘

Two of the published numbers contradict each other, and the volume decides.

* The overhangs are said to lie in layers 251 to 350 and at z 5 to 7.5 mm; 350 layers of 20 µm end at 7.0. A
  gap of 2 mm that closes at 45° from one side takes 2 mm of height: z 5 to 7.0.
* The tip is said to begin at x = 72.55; 45° on both sides of 5 mm of width that end in a point begin at
  72.5, and reach 72.55 at 0.05 mm inside of the edges.

With 7.0 and 72.5 the volume is 3732.5 mm³ and the surface has 376 triangles, as the published STL has. Other
choices miss one or both: docs/validation/time.md has the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.demonstrators.solids import mesh_of_solid

if TYPE_CHECKING:
    from amprep.model.mesh import Mesh

__all__ = ["OVERHANG_END_MM", "TIP_MM", "bridge"]

LENGTH_MM, WIDTH_MM, HEIGHT_MM = 75.0, 5.0, 12.5
LEGS_MM = (5.0, 0.5, 2.5) * 4
GAP_MM, BLOCK_MM = 2.0, 56.0
LEG_TOP_MM, BRIDGE_TOP_MM = 5.0, 12.0
RIDGES, RIDGE_MM, RIDGE_PITCH_MM = 11, 1.0, 7.0
#: Where the gaps are closed, decided by the volume and by 45° over a gap of 2 mm.
OVERHANG_END_MM = 7.0
#: Where the tip begins, decided by the volume.
TIP_MM = 72.5


def bridge(*, overhang_end_mm: float = OVERHANG_END_MM, tip_mm: float = TIP_MM) -> Mesh:
    """One part, standing on z = 0 with a corner of its box at the origin, 75 mm along x.

    overhang_end_mm : float
        Height at which the overhangs have closed the gaps.
    tip_mm : float
        Where the width begins to shrink at 45° from both sides.
    """
    from manifold3d import CrossSection

    comb = CrossSection([_profile(overhang_end_mm)]).extrude(WIDTH_MM).rotate((90.0, 0.0, 0.0))
    blunt = max(0.0, WIDTH_MM / 2 - (LENGTH_MM - tip_mm))
    middle = WIDTH_MM / 2
    end = [(LENGTH_MM, middle - blunt), (LENGTH_MM, middle + blunt)] if blunt else [(LENGTH_MM, middle)]
    plan = [(0.0, 0.0), (tip_mm, 0.0), *end, (tip_mm, WIDTH_MM), (0.0, WIDTH_MM)]
    return mesh_of_solid(
        comb.translate((0.0, WIDTH_MM, 0.0)) ^ CrossSection([np.array(plan)]).extrude(HEIGHT_MM)
    )


def _profile(overhang_end_mm: float) -> np.ndarray:
    """The outline in x and z, counter-clockwise: (n, 2), mm."""
    outline = []
    x = 0.0
    for leg in LEGS_MM:
        right, following = x + leg, x + leg + GAP_MM
        # The leg grows towards its neighbour from z = 5 on until it meets it.
        outline += [(x, 0.0), (right, 0.0), (right, LEG_TOP_MM), (following, overhang_end_mm)]
        x = following
    outline += [(BLOCK_MM, 0.0), (LENGTH_MM, 0.0), (LENGTH_MM, BRIDGE_TOP_MM)]
    for number in reversed(range(RIDGES)):
        left = number * RIDGE_PITCH_MM
        right = left + RIDGE_MM
        outline += [(right, BRIDGE_TOP_MM), (right, HEIGHT_MM), (left, HEIGHT_MM)]
        outline += [(left, BRIDGE_TOP_MM)] if number else []
    return np.array(outline)
