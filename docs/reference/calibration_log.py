# ruff: noqa: INP001
"""Writes calibration-log.csv beside it: the log of a made-up machine, for trying ``amprep calibrate``.

The rows describe layers of five kinds (pins, a block in wide and in narrow stripes, a lattice, a plate of
small parts). Their times are those of the time model with a recoating time of 13.7 s, a turn of 0.44 ms and
jumps at 6100 mm/s, plus noise, written in tenths of a second; two layers wait for powder.

    python docs/reference/calibration_log.py
"""

from pathlib import Path

import numpy as np

from amprep.calibration.gathering import gathered
from amprep.calibration.log import Log, LogRow
from amprep.calibration.observations import Prediction
from amprep.profiles import find_machine, find_process_by_id

RECOATING_S, TURN_S, JUMP_MM_S = 13.7, 0.00044, 6100.0
NOISE_S = 0.15
COLUMNS = ("hatch_mm", "contour_mm", "turns", "turn_mm", "jumps", "jump_mm", "polylines", "corners")


def layer(kind: int, rng: np.random.Generator) -> dict[str, float]:
    """One layer: what is marked, and how often the beam is switched, turned and moved."""
    size = rng.uniform(0.6, 1.4)
    if kind == 0:  # pins
        hatch, line, loops, length, apart = 30 * size, 1.5, 9, 6.0, 40.0
    elif kind == 1:  # a block in stripes of 10 mm
        hatch, line, loops, length, apart = 40_000 * size, 10.0, 1, 250.0, 2.0
    elif kind == 2:  # the same in stripes of 2 mm
        hatch, line, loops, length, apart = 40_000 * size, 2.0, 1, 250.0, 2.0
    elif kind == 3:  # a lattice
        hatch, line, loops, length, apart = 900 * size, 0.6, 1200 * size, 2.5, 3.0
    else:  # small parts all over the platform
        hatch, line, loops, length, apart = 4_000 * size, 4.0, 150 * size, 16.0, 60.0
    lines, loops = round(hatch / line), round(loops)
    # A stripe holds so many lines; the way to the next one is a jump.
    jumps = round(lines * 0.11 / 10) + 2 * loops
    turns = max(0, lines - jumps)
    return {
        "hatch_mm": round(hatch, 1),
        "contour_mm": round(loops * length, 1),
        "turns": turns,
        "turn_mm": round(turns * 0.11, 2),
        "jumps": jumps,
        "jump_mm": round(jumps * apart * rng.uniform(0.7, 1.3), 1),
        "polylines": loops,
        "corners": loops * 4,
    }


def main() -> None:
    """Make the rows, let the model say their times, write them."""
    rng = np.random.default_rng(20)
    machine, process = find_machine("m400-4"), find_process_by_id("m400_4_316l_40um")
    features = [layer(i % 5, rng) for i in range(120)]
    path = Path(__file__).with_name("calibration-log.csv")
    rows = tuple(LogRow(i + 2, 1.0, layer=i + 1, features=one) for i, one in enumerate(features))
    log = Log(path, rows, is_per_layer=True, resolution_s=0.1, separator="comma", decimal="point", ignored=())
    prediction = Prediction(gathered([log], {}, machine, process), machine, process)
    times = prediction.times_s(
        {
            f"recoater.time_s.{process.recoating_mode.value}": RECOATING_S,
            "scanner.turnaround_s": TURN_S,
            "scanner.jump_speed_mm_s": JUMP_MM_S,
        }
    )
    times += rng.normal(0.0, NOISE_S, len(times))
    times[[37, 81]] += 94.0, 1260.0
    lines = [
        "# Layer times of a made-up machine, written by calibration_log.py. Try:",
        "# amprep calibrate calibration-log.csv -m m400-4 -M 316l",
        ",".join(("layer", *COLUMNS, "layer_time_s")),
    ]
    for i, (one, time_s) in enumerate(zip(features, times, strict=True)):
        lines.append(",".join([str(i + 1), *(f"{one[name]:g}" for name in COLUMNS), f"{time_s:.1f}"]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
