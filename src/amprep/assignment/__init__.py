"""Who exposes what: fields of the lasers, strategies, seams, and how good the result could be at best."""

from __future__ import annotations

from amprep.assignment.bound import lower_bound_s
from amprep.assignment.cells import Cells, cells_of, stats_of_lasers
from amprep.assignment.fields import require_reach
from amprep.assignment.sharing import Assigned, Sharing, sharing_of

__all__ = [
    "Assigned",
    "Cells",
    "Sharing",
    "cells_of",
    "lower_bound_s",
    "require_reach",
    "sharing_of",
    "stats_of_lasers",
]
