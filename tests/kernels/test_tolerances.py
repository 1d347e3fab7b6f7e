"""What the reasons beside the tolerances claim, recomputed."""

from __future__ import annotations

import numpy as np

from amprep.kernels import tolerances


def test_every_tolerance_is_a_positive_number():
    for name in tolerances.__all__:
        assert getattr(tolerances, name) > 0.0, name


def test_lengths_stand_far_above_the_rounding_and_far_below_the_process():
    rounding = float(np.spacing(400.0))
    assert rounding < 1e-4 * tolerances.COLLINEAR_MM
    assert tolerances.COLLINEAR_MM < tolerances.SAME_POINT_MM < tolerances.SHORTEST_VECTOR_MM
    assert tolerances.SHORTEST_VECTOR_MM <= 0.001, "a tenth of the finest melt pool is 0.005 mm"


def test_the_shortest_vector_is_longer_than_the_step_of_float32_on_the_largest_platform():
    assert float(np.spacing(np.float32(400.0))) < 0.05 * tolerances.SHORTEST_VECTOR_MM, "mm"
