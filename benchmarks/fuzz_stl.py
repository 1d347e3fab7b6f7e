"""Feeds damaged STL files to amprep: each gives a job or a clear error, never a traceback, signal or hang.

    python -m benchmarks.fuzz_stl --count 100000

The inputs follow from their numbers alone, so that one that fails can be made again: ``--first 4711 --count 1
--keep FOLDER``. Child processes take them in batches; one that falls silent for too long is ended, and the
number it was at is told.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Tally", "fuzz", "mutated_stl"]

#: What one input may take.
SECONDS_PER_INPUT = 10.0
MEMORY_MB = 600.0

#: Jobs with more layers are tried at some of their heights only.
_MOST_LAYERS = 30

_HEADER = 84
_RECORD = 50


@cache
def _bases() -> tuple[bytes, ...]:
    """Small sound parts of a few layers, binary and ASCII."""
    from amprep.demonstrators.primitives import box, cylinder, sphere
    from amprep.model.mesh import Mesh

    def moved(mesh: Mesh, x: float, y: float, z: float) -> Mesh:
        return Mesh(mesh.vertices + np.array([x, y, z]), mesh.faces)

    def joined(*meshes: Mesh) -> Mesh:
        shift = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
        return Mesh(
            np.concatenate([mesh.vertices for mesh in meshes]),
            np.concatenate([mesh.faces + s for mesh, s in zip(meshes, shift, strict=False)]).astype(np.int32),
        )

    def turned(mesh: Mesh) -> Mesh:
        return Mesh(mesh.vertices, mesh.faces[:, ::-1])

    bodies = [
        box((2.0, 2.0, 0.2)),
        cylinder(3.0, 0.24, 12),
        joined(box((3.0, 3.0, 0.4)), moved(turned(box((1.0, 1.0, 0.2))), 1.0, 1.0, 0.1)),
        joined(box((2.0, 2.0, 0.2)), moved(box((2.0, 2.0, 0.3)), 1.0, 0.5, 0.0)),
        moved(sphere(0.5, 1), 0.0, 0.0, 0.25),
    ]
    binary = [_binary(body.vertices[body.faces]) for body in bodies]
    return (*binary, *(_text(body.vertices[body.faces]) for body in bodies[:3]))


def _binary(corners: Any) -> bytes:
    records = np.zeros(len(corners), dtype=[("n", "<f4", 3), ("c", "<f4", (3, 3)), ("a", "<u2")])
    records["c"] = corners
    return b"fuzz".ljust(80) + struct.pack("<I", len(corners)) + records.tobytes()


def _text(corners: Any) -> bytes:
    lines = ["solid fuzz"]
    for triangle in corners:
        lines += ["facet normal 0 0 1", " outer loop"]
        lines += [f"  vertex {x:.6g} {y:.6g} {z:.6g}" for x, y, z in triangle]
        lines += [" endloop", "endfacet"]
    return "\n".join([*lines, "endsolid fuzz", ""]).encode()


_NUMBERS = (
    float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 1e-45, -1e-40, 1e-30, 1e-7, 1e3, 1e6, 2e7,
    1e20, 3.4e38,
)  # fmt: skip


def _records(data: bytearray) -> int:
    return max(0, (len(data) - _HEADER) // _RECORD)


def _flip_bytes(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 12)):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _random_bytes(data: bytearray, rng: random.Random) -> None:
    if data:
        at = rng.randrange(len(data))
        data[at : at + rng.randint(1, 60)] = rng.randbytes(rng.randint(0, 60))


def _truncate(data: bytearray, rng: random.Random) -> None:
    del data[rng.randint(0, len(data)) :]


def _swap_counter(data: bytearray, rng: random.Random) -> None:
    if len(data) >= _HEADER:
        count = _records(data)
        wrong = (0, 1, count - 1, count + 1, 2 * count, 0xFFFFFFFF, 0x7FFFFFFF, rng.getrandbits(32))
        struct.pack_into("<I", data, 80, rng.choice(wrong) & 0xFFFFFFFF)


def _right_counter(data: bytearray, _rng: random.Random) -> None:
    if len(data) >= _HEADER:
        struct.pack_into("<I", data, 80, _records(data))


def _remove_records(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 3)):
        if _records(data):
            at = _HEADER + _RECORD * rng.randrange(_records(data))
            del data[at : at + _RECORD]
    _right_counter(data, rng)


def _double_records(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 4)):
        if _records(data):
            at = _HEADER + _RECORD * rng.randrange(_records(data))
            data += data[at : at + _RECORD]
    _right_counter(data, rng)


def _turn_records(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 4)):
        if _records(data):
            at = _HEADER + _RECORD * rng.randrange(_records(data)) + 12
            data[at : at + 24] = data[at + 12 : at + 24] + data[at : at + 12]


def _set_number(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 3)):
        if _records(data):
            at = _HEADER + _RECORD * rng.randrange(_records(data)) + 12 + 4 * rng.randrange(9)
            struct.pack_into("<f", data, at, rng.choice(_NUMBERS))


def _copy_corner(data: bytearray, rng: random.Random) -> None:
    if _records(data):
        here, there = (_HEADER + _RECORD * rng.randrange(_records(data)) + 12 for _ in range(2))
        here, there = here + 12 * rng.randrange(3), there + 12 * rng.randrange(3)
        data[here : here + 12] = data[there : there + 12]


def _move_corners(data: bytearray, rng: random.Random) -> None:
    size = rng.choice((1e-8, 1e-6, 1e-4, 1e-3, 4e-3, 0.02, 0.3))
    for _ in range(rng.randint(1, 8)):
        if _records(data):
            at = _HEADER + _RECORD * rng.randrange(_records(data)) + 12 + 4 * rng.randrange(9)
            (number,) = struct.unpack_from("<f", data, at)
            moved = number + rng.uniform(-size, size)
            struct.pack_into("<f", data, at, moved if abs(moved) < 3e38 else 0.0)


def _scale_or_shift(data: bytearray, rng: random.Random) -> None:
    count = _records(data)
    if count:
        table = np.frombuffer(data, dtype=np.uint8, count=count * _RECORD, offset=_HEADER).copy()
        numbers = table.reshape(count, _RECORD)[:, 12:48].copy().view("<f4")
        with np.errstate(all="ignore"):
            if rng.random() < 0.5:
                numbers *= np.float32(rng.choice((1e-30, 1e-6, 1e-3, 0.1, 25.4, 1e3, -1.0)))
            else:
                numbers += np.float32(rng.choice((1e-3, 1.0, 1e3, 1e5, 9e6, 1e30)))
        table.reshape(count, _RECORD)[:, 12:48] = numbers.view(np.uint8)
        data[_HEADER : _HEADER + count * _RECORD] = table.tobytes()


def _shuffle_records(data: bytearray, rng: random.Random) -> None:
    count = _records(data)
    parts = [bytes(data[_HEADER + _RECORD * i : _HEADER + _RECORD * (i + 1)]) for i in range(count)]
    rng.shuffle(parts)
    data[_HEADER : _HEADER + _RECORD * count] = b"".join(parts)


def _solid_header(data: bytearray, _rng: random.Random) -> None:
    data[: min(16, len(data))] = b"solid facet part"[: min(16, len(data))]


def _append(data: bytearray, rng: random.Random) -> None:
    data += rng.choice((b"\0" * 50, b"solid x\nfacet\n", rng.randbytes(rng.randint(1, 200)), b"\n" * 99))


def _splice(data: bytearray, rng: random.Random) -> None:
    other = rng.choice(_bases())
    data[rng.randint(0, len(data)) :] = other[rng.randint(0, len(other)) :]


def _edit_text(data: bytearray, rng: random.Random) -> None:
    lines = bytes(data).split(b"\n")
    words = (
        b"nan",
        b"inf",
        b"1e400",
        b"1e-400",
        b"1,5",
        b"0x10",
        b"--3",
        b"",
        b"facet",
        b"\xff\xfe",
        b"1" * 400,
    )
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(lines))
        kind = rng.randrange(5)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[rng.randrange(len(lines))])
        elif kind == 2:
            tokens = lines[at].split(b" ")
            tokens[rng.randrange(len(tokens))] = rng.choice(words)
            lines[at] = b" ".join(tokens)
        elif kind == 3:
            lines[at] = lines[at].upper()
        else:
            lines[at] += rng.choice((b"\r", b"\0", b" # remark", b"\t7", b" endsolid"))
        if not lines:
            break
    data[:] = rng.choice((b"\n", b"\r\n", b"\r", b" ")).join(lines)


_MUTATORS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip_bytes, _random_bytes, _truncate, _swap_counter, _remove_records, _double_records, _turn_records,
    _set_number, _copy_corner, _move_corners, _scale_or_shift, _shuffle_records, _solid_header, _append,
    _splice, _edit_text,
)  # fmt: skip


def mutated_stl(number: int) -> bytes:
    """The damaged file with this number; always the same bytes."""
    rng = random.Random(number)
    base = rng.choice(_bases())
    data = bytearray(base)
    is_text = base.startswith(b"solid")
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        if is_text and rng.random() < 0.7:
            _edit_text(data, rng)
        else:
            rng.choice(_MUTATORS)(data, rng)
    return bytes(data)


def _outcome(path: Path) -> str:
    """``job``, or the code of the error; raises what must not come."""
    from amprep.assembling import assemble
    from amprep.errors import AmprepError, InternalError
    from amprep.hatching.exposing import expose
    from amprep.pipeline import prepare
    from amprep.slicing import cut, plan_cuts

    try:
        job = assemble([path], machine="m400-4")
        if job.layer_count <= _MOST_LAYERS:
            _require_sound(prepare(job).estimate.areas_mm2)
            return "job"
        some = np.linspace(0, job.layer_count - 1, 8).astype(np.int64)
        heights = job.cut_heights_mm[some]
        (part_cut,) = plan_cuts(job.parts, heights)
        stack = cut(part_cut, 0, len(heights))
        rows = [expose(stack.layer(i), job.process, i).areas.as_row() for i in range(len(heights))]
        _require_sound(np.array(rows))
    except InternalError:
        raise
    except AmprepError as error:
        return error.code
    return "job, some layers"


def _require_sound(areas: Any) -> None:
    """The area audit adds up and nothing is negative."""
    if not np.isfinite(areas).all() or (areas < 0).any():
        raise AssertionError(f"areas are not sound: {areas.tolist()}")
    rest = areas[:, 0] - areas[:, 1:].sum(axis=1)
    if (np.abs(rest) > 1e-6 * np.maximum(areas[:, 0], 1e-6)).any():
        raise AssertionError(f"areas do not add up: {areas.tolist()}")


def _with_known_profiles() -> None:
    """Profiles are read once, as reading them takes longer than a damaged file."""
    from amprep import assembling

    for name in ("find_machine", "find_material"):
        setattr(assembling, name, cache(getattr(assembling, name)))
    found: list[Any] = []
    find = assembling.find_process

    def find_once(*names: Any) -> Any:
        if not found:
            found.append(find(*names))
        return found[0]

    assembling.find_process = find_once  # type: ignore[assignment]


def _peak_mb() -> float:
    """Peak memory of this process; `getrusage` would tell that of its parent where that was larger."""
    status = Path("/proc/self/status")
    if status.is_file():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _work(first: int, count: int) -> None:
    """Child process: one line of JSON per input."""
    _with_known_profiles()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "part.stl"
        for number in range(first, first + count):
            path.write_bytes(mutated_stl(number))
            print(json.dumps({"at": number}), flush=True)
            began = time.perf_counter()
            line: dict[str, Any] = {"number": number}
            try:
                line["outcome"] = _outcome(path)
            except Exception as fault:  # noqa: BLE001
                line["fault"] = f"{type(fault).__name__}: {fault}"
            line["seconds"] = time.perf_counter() - began
            line["memory_mb"] = _peak_mb()
            print(json.dumps(line), flush=True)


@dataclass
class Tally:
    """What came of the inputs."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    memory_mb: float = 0.0


def fuzz(
    first: int, count: int, *, batch: int = 2000, on_batch: Callable[[Tally, int], None] | None = None
) -> Tally:
    """Try the inputs first … first + count - 1 in child processes."""
    tally = Tally()
    number = first
    while number < first + count:
        number = _run_batch(number, min(batch, first + count - number), tally)
        if on_batch:
            on_batch(tally, number - first)
    return tally


def _run_batch(first: int, count: int, tally: Tally) -> int:
    """Run one child; returns the number to go on with."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.fuzz_stl",
        "--work",
        "--first",
        str(first),
        "--count",
        str(count),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        at, is_killed = first - 1, False

        def end() -> None:
            nonlocal is_killed
            is_killed = True
            child.kill()

        timer = Timer(60 + SECONDS_PER_INPUT, end)  # kernels may have to be compiled first
        timer.start()
        for text in child.stdout or ():
            timer.cancel()
            line = json.loads(text)
            if line.get("number") != first + count - 1:
                timer = Timer(SECONDS_PER_INPUT, end)
                timer.start()
            at = line.get("at", at)
            if "seconds" in line:
                tally.slowest_s = max(tally.slowest_s, line["seconds"])
                tally.memory_mb = max(tally.memory_mb, line["memory_mb"])
                if "fault" in line:
                    tally.faults.append(f"{at}: {line['fault']}")
                else:
                    tally.outcomes[line["outcome"]] += 1
        timer.cancel()
        status = child.wait()
    if status == 0:
        return first + count
    tally.faults.append(f"{at}: {'no answer in time' if is_killed else f'the process ended with {status}'}")
    return max(at, first) + 1


def main() -> None:
    """Print a tally; exit status 1 when anything went wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=2_000)
    parser.add_argument("--keep", type=Path, help="folder to write the inputs into; nothing is tried")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        _work(options.first, options.count)
        return
    if options.keep:
        for number in range(options.first, options.first + options.count):
            (options.keep / f"fuzz-{number}.stl").write_bytes(mutated_stl(number))
        return

    def tell(tally: Tally, done: int) -> None:
        print(f"{done} inputs, {len(tally.faults)} faults, slowest {tally.slowest_s:.2f} s", file=sys.stderr)

    tally = fuzz(options.first, options.count, batch=options.batch, on_batch=tell)
    for outcome, count in tally.outcomes.most_common():
        print(f"{count:8d}  {outcome}")
    print(
        f"slowest {tally.slowest_s:.2f} s, memory up to {tally.memory_mb:.0f} MB, faults {len(tally.faults)}"
    )
    for fault in tally.faults[:50]:
        print(f"  {fault}")
    sys.exit(1 if tally.faults or tally.memory_mb > MEMORY_MB else 0)


if __name__ == "__main__":
    main()
