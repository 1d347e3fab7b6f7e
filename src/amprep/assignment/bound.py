"""What the slowest laser takes at least, whoever exposes what: reach alone limits the balance.

Work that only the lasers of a set reach has to be done by them: the slowest of the set takes at least its
share of it. The largest such share over all sets is the optimum of the linear programme that divides the work
freely, by the duality of flows and cuts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.balance import least_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["lower_bound_s"]


def lower_bound_s(work_of_mask_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) float64, s: least time of the slowest laser.

    work_of_mask_s : (n, 2^L) float64, s
        Work that the lasers of a mask reach and no other; bit k of the column is laser k.
    """
    return least_times(np.ascontiguousarray(work_of_mask_s, dtype=np.float64))
