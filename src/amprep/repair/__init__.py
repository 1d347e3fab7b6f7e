"""What is wrong with a mesh, the harmless part of mending it, and what is asked for beyond that.

Done on the way of every slice: corners that rounding tore apart are welded, triangles that coincide with
another are dropped, cracks up to a small tolerance are closed, triangles that point against their shell and
closed shells that are inside out are turned. All are counted and told. Holes are filled only when asked for.
A mesh that is open or whose triangles contradict each other is refused by `require_closed`: it encloses no
volume that one could trust.
"""

from amprep.repair.closing import tolerance_that_closes_mm
from amprep.repair.mending import check_and_mend
from amprep.repair.verdict import causes_of_damage, repair_command, require_closed, require_unrepaired

__all__ = [
    "causes_of_damage",
    "check_and_mend",
    "repair_command",
    "require_closed",
    "require_unrepaired",
    "tolerance_that_closes_mm",
]
