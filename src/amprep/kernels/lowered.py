"""Kernels half compiled: texts for LLVM that come with amprep, made into machine code where it is installed.

Of the time that Numba takes for a kernel, two thirds go into reading Python and finding types, and come to
the same end on every computer. So whoever changes a kernel does that once (``benchmarks.lowered_kernels``),
and its result lies in ``lowered/``: one file for each kernel and types of arguments. What depends on the
processor is left to LLVM, on the first run.

A text counts only for the very source it was made of, with Numba's own settings; otherwise Numba compiles.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

from amprep.kernels.cache_folder import has_settings
from amprep.kernels.machine_code import Types, types_digest

__all__ = [
    "FOLDER",
    "SUFFIX",
    "compiled_text",
    "from_lowered",
    "is_lowered",
    "lowered_file",
    "read_lowered",
    "write_lowered",
]

#: Where the texts lie.
FOLDER = Path(__file__).parent / "lowered"
#: Ending of the files.
SUFFIX = ".ll.gz"

_FORMAT = 1
_HEAD = {"source", "symbol", "results", "is_tuple"}


def lowered_file(name: str, types: Types) -> Path:
    """The file for the kernel `name`, as module and function, and these `types` of arguments."""
    return FOLDER / f"{name}-{types_digest(types)}{SUFFIX}"


def is_lowered(name: str, source: str) -> bool:
    """Whether the kernel `name` has a text made of this `source`."""
    if has_settings():
        return False
    found = [read_lowered(path) for path in FOLDER.glob(f"{name}-*{SUFFIX}")]
    return any(one is not None and one[0]["source"] == source for one in found)


def write_lowered(path: Path, head: dict[str, Any], text: str) -> None:
    """Put a text with its `head` into a file: the same bytes for the same text."""
    head = {"format": _FORMAT, **head, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps(head).encode() + b"\n" + text.encode(), mtime=0))


def read_lowered(path: Path) -> tuple[dict[str, Any], str] | None:
    """Head and text of a file; None where it is missing, damaged or of another format."""
    try:
        line, _, text = gzip.decompress(path.read_bytes()).partition(b"\n")
        head: Any = json.loads(line)
    except (OSError, EOFError, ValueError, zlib.error):
        return None
    is_ours = isinstance(head, dict) and head.keys() >= _HEAD and head.get("format") == _FORMAT
    if not is_ours or head.get("sha256") != hashlib.sha256(text).hexdigest():
        return None
    return head, text.decode()


def from_lowered(name: str, source: str, types: Types) -> tuple[str, tuple[list[Any], bool], bytes] | None:
    """What `keep_machine_code` takes, made from the text of a kernel; None where there is none that fits.

    `name` is module and function, `source` the digest of what the text must have been made of.
    """
    return None if has_settings() else compiled_text(name, source, types)


def compiled_text(name: str, source: str, types: Types) -> tuple[str, tuple[list[Any], bool], bytes] | None:
    """The same as `from_lowered`, whatever is set for Numba."""
    found = read_lowered(lowered_file(name, types))
    if found is None or found[0]["source"] != source:
        return None
    head, text = found
    with contextlib.suppress(RuntimeError):  # LLVM cannot read it
        code = _optimised(text, head["symbol"])
        return head["symbol"], (head["results"], head["is_tuple"]), code
    return None


def _optimised(text: str, symbol: str) -> bytes:
    """The text as an object file for this computer's processor."""
    from llvmlite import binding

    machine = _machine()
    module = binding.parse_assembly(text)
    # What else is in the module was made for this kernel, and may go where it is called. Kernels share a
    # linker, which also finds by name what others keep to themselves: each has names of its own.
    own = hashlib.sha256(symbol.encode()).hexdigest()[:16]
    inner = [one for one in module.functions if one.name != symbol and not one.is_declaration]
    for number, function in enumerate(inner):
        function.linkage = "internal"
        function.name = f"amprep.{own}.{number}"
    tuning = binding.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = True
    tuning.slp_vectorization = False
    builder = binding.create_pass_builder(machine, tuning)
    passes = builder.getModulePassManager()
    passes.run(module, builder)
    return bytes(machine.emit_object(module))


@functools.cache
def _machine() -> Any:
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=binding.get_host_cpu_features().flatten(),
        opt=3,
        reloc="static",
        codemodel="jitdefault",
        jit=True,
    )
