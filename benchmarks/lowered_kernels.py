"""Makes the texts of `amprep.kernels.lowered` anew where a kernel has changed: for whoever changes one.

::

    python -m benchmarks.lowered_kernels

Every kernel runs on small bodies, in an empty cache; those without a text that fits are lowered on the way.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

#: How this program calls itself.
_CHILD = "here"

_PATTERNS = ("stripes", "meander", "unidirectional", "chess", "hexagon", "concentric")

#: What Numba must know of the processor: nothing.
_GENERIC = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_LOOP_VECTORIZE": "0"}
#: The numbers that Numba gives to functions in the order in which it meets them.
_NUMBERS = re.compile(r"(?<=B)(\d+)v(\d+)(?=B)")


def lower(kernel: Any, arguments: tuple[Any, ...], types: Any) -> str:
    """Write the text of `kernel` for these arguments; returns the name of its file, "" where it has none."""
    from amprep.kernels.lowered import lowered_file, write_lowered
    from amprep.kernels.machine_code import results_of
    from amprep.kernels.numba_cache import lowered
    from benchmarks.array_counts import with_plain_counts

    made = lowered(kernel.bare, arguments)
    results = None if made is None else results_of(made[1])
    if made is None or results is None:
        return ""
    symbol, _, text = made
    text = _numbered(f"{symbol}\n{with_plain_counts(text)}")
    symbol, _, text = text.partition("\n")
    name, _, source = kernel.cache_name.rpartition("-")
    head = {"source": source, "symbol": symbol, "results": results[0], "is_tuple": results[1]}
    path = lowered_file(name, types)
    write_lowered(path, head, text)
    return path.name


def _numbered(text: str) -> str:
    """The text with Numba's numbers counted from its own beginning: other kernels do not change it then."""
    known: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        own = f"v{known.setdefault(found[2], len(known))}"
        return f"{len(own)}{own}"

    return _NUMBERS.sub(number, text)


def all_kernels() -> list[Any]:
    """Each kernel that amprep has."""
    import importlib
    import pkgutil

    import amprep.kernels
    from amprep.kernels.jit import Kernel

    modules = [module.name for module in pkgutil.iter_modules(amprep.kernels.__path__, "amprep.kernels.")]
    members = [member for name in modules for member in vars(importlib.import_module(name)).values()]
    return [member for member in members if isinstance(member, Kernel)]


def exercise_everything() -> None:
    """Run each kernel that amprep has with the types of arguments that jobs have."""
    from amprep import quick_compiled
    from amprep.checking import compiled
    from amprep.kernels import warm_up

    for half in range(warm_up.HALVES):
        warm_up.exercise(half)
    compiled.exercise()
    quick_compiled.exercise()
    _expose_in_many_ways()
    _meet_what_is_rare()


def _meet_what_is_rare() -> None:
    """Kernels that only large parts, their pages and pictures, or estimates of plates meet."""
    import numpy as np

    from amprep.demonstrators.primitives import box
    from amprep.kernels import components, hatch_lines, vertex_merge
    from amprep.pictures.shaded import camera_on, seen_faces

    points, offsets = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]]), np.array([0, 3])
    points.flags.writeable = offsets.flags.writeable = False
    components.box_groups(points, offsets, 1.0, 0.0)
    words = np.zeros((4, 3), dtype=np.uint32)
    vertex_merge.refill(words, 3, np.zeros((64, 4), dtype=np.uint32))
    segments, hatched = np.ones((1, 4), dtype=np.float32), np.ones(1, dtype=np.bool_)
    segments.flags.writeable = hatched.flags.writeable = False
    hatch_lines.nth_lines(segments, hatched, 0.1, 2)
    part = box((1.0, 1.0, 1.0))
    camera = camera_on(part.vertices, azimuth_deg=30.0, elevation_deg=30.0, width=40, height=30)
    seen_faces(part.vertices, part.faces, camera)


def _expose_in_many_ways() -> None:
    """Jobs with each pattern, order and filter, of a block beside walls that are too thin for contours."""
    import numpy as np

    import amprep
    from amprep.demonstrators.primitives import box
    from amprep.model.mesh import Mesh
    from amprep.output.stl import write_stl

    bodies = [box((9.0, 7.0, 0.2)), box((9.0, 0.18, 0.2)), box((0.12, 0.3, 0.2)), box((6.0, 0.08, 0.2))]
    moves = [(0.0, 0.0, 0.0), (9.0, 2.0, 0.0), (5.0, 8.0, 0.0), (0.0, 9.0, 0.0)]
    vertices = np.concatenate([b.vertices + np.array(m) for b, m in zip(bodies, moves, strict=True)])
    faces = np.concatenate([body.faces + 8 * i for i, body in enumerate(bodies)]).astype(np.int32)
    filters = {"shortest_vector_mm": 0.2, "collinear_mm": 0.01, "fill_to_perimeter_mm": 0.05}
    ways: list[dict[str, dict[str, Any]]] = [
        {"hatch": {"pattern": pattern, "cell_order": "shortest"}, "filters": filters} for pattern in _PATTERNS
    ]
    ways += [{"hatch": {"pattern": pattern, "cell_order": "against_gas"}} for pattern in _PATTERNS]
    with tempfile.TemporaryDirectory(prefix="amprep-") as folder:
        part = Path(folder) / "part.stl"
        write_stl(Mesh(vertices, faces), part)
        for parameters in ways:
            job = amprep.assemble([part], machine="m400-4", unit="mm", parameters=parameters)
            amprep.prepare(job)


def _lower_what_changed() -> None:
    from amprep.kernels.jit import Kernel
    from amprep.kernels.lowered import FOLDER, SUFFIX, compiled_text, lowered_file, read_lowered
    from amprep.kernels.machine_code import keep_machine_code

    written: set[str] = set()
    seen: set[str] = set()
    plain = Kernel.compiled

    def lowered_first(self: Kernel, types: Any, arguments: tuple[Any, ...]) -> Any:
        name, _, source = self.cache_name.rpartition("-")
        made = compiled_text(name, source, types)
        if made is None:
            written.add(lower(self, arguments, types))
            made = compiled_text(name, source, types)
        seen.add(lowered_file(name, types).name)
        if made is None:
            return plain(self, types, arguments)
        code = keep_machine_code(self.cache_name, types, *made)
        if code is not None and lowered_file(name, types).name in written:
            _compare(self, code, arguments)
        return code

    Kernel.compiled = lowered_first  # type: ignore[method-assign]
    exercise_everything()
    source_of = {k.cache_name.rpartition("-")[0]: k.cache_name.rpartition("-")[2] for k in all_kernels()}
    gone = []
    for path in sorted(FOLDER.glob(f"*{SUFFIX}")):
        found = read_lowered(path)
        if found is None or found[0]["source"] != source_of.get(path.name.rpartition("-")[0]):
            path.unlink()
            gone.append(path.name)
    unmet = {path.name for path in FOLDER.glob(f"*{SUFFIX}")} - seen
    for word, names in (("written", written - {""}), ("removed", gone), ("not met", unmet)):
        for name in sorted(names):
            sys.stdout.write(f"{word}  {name}\n")
    sys.stdout.write(f"{len(seen)} texts\n")


def _compare(kernel: Any, code: Any, arguments: tuple[Any, ...]) -> None:
    """See that a new text gives what Numba's own code gives, to the bit, for these arguments."""
    import numpy as np

    from amprep.kernels.machine_code import types_of

    said = []
    for call in (lambda given: code(given, types_of(given)[1]), lambda given: kernel.dispatcher(*given)):
        given = tuple(_copied(one) for one in arguments)
        result = call(given)
        results = result if isinstance(result, tuple) else (result,)
        if kernel.py_func.__name__ == "cut_at_seams":  # its rows have room behind the pieces
            results = [one[: result[-1]] for one in result[:-1]]
        said.append([np.asarray(one).tobytes() for one in (*results, *given)])
    if said[0] != said[1]:
        raise SystemExit(f"{kernel.cache_name}: its text does not give what its source gives")


def _copied(one: Any) -> Any:
    if not hasattr(one, "flags"):
        return one
    copied = one.copy()
    copied.flags.writeable = one.flags.writeable
    return copied


def main() -> int:
    """Lower in a process whose Numba knows no processor and finds nothing compiled."""
    from amprep.kernels.machine_code import is_supported

    if sys.argv[1:] == [_CHILD]:
        _lower_what_changed()
        return 0
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA_", "AMPREP_"))}
    if not is_supported():
        sys.stderr.write("Texts are made on Linux on x86-64, with a version of Numba that amprep knows.\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="amprep-") as cache:
        places = {"NUMBA_CACHE_DIR": cache, "TMPDIR": cache}
        environment = {**clean, **_GENERIC, **places, "PYTHONHASHSEED": "0"}
        command = [sys.executable, "-m", __spec__.name, _CHILD]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
