"""``amprep compare``: the same parts on several machines, as a table, JSON, CSV or the picture."""

from __future__ import annotations

import contextlib
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from amprep.cli.lengths import mending_of, parse_length_mm
from amprep.errors import AmprepError, BuildError, OutputError, UsageError, as_argument

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from amprep.model.comparison import Comparison

__all__ = ["CompareOptions", "compare_files", "parse_quantities"]

_PICTURES = (".png", ".svg", ".pdf")
_SUFFIXES = (*_PICTURES, ".csv", ".json")

#: Machines, materials and layers that one picture holds.
MOST_IN_PICTURE = 4
MOST_QUANTITY = 10_000


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """What is compared, and how it is told."""

    machines: Sequence[str]
    materials: Sequence[str]
    layer_thicknesses: Sequence[str]
    processes: Sequence[str]
    quantity: str
    cost: Path | None
    unit: str | None
    workers: int | None
    output: Path | None
    lang: str
    full: bool
    force: bool
    as_json: bool


def compare_files(files: Sequence[Path], *, options: CompareOptions) -> None:
    """Compare, tell, write; exit status 4 where no machine can build the set.

    Raises
    ------
    UsageError
        E104 for an option that is not understood.
    BuildError
        E401 or another where nothing can be built, with the statement of each machine.
    OutputError
        E501 where the file exists and may not be replaced.

    """
    _require_parts(files)
    quantities = parse_quantities(options.quantity)
    thicknesses = [parse_length_mm(one, option="--layer-thickness") for one in options.layer_thicknesses]
    _require_writable(options)
    from amprep.cli.comparison_display import print_comparison
    from amprep.cli.display import Display
    from amprep.comparison import compare
    from amprep.engines import engine_for
    from amprep.profiles import find_rates

    display = Display(quiet=options.as_json)
    if any(path.is_file() for path in files):
        display.compile_kernels(quick=not options.full)
    with _nothing_to_write():
        comparison = compare(
            files,
            machines=options.machines,
            materials=options.materials,
            layer_thicknesses_mm=thicknesses,
            processes=options.processes,
            quantities=quantities,
            rates=find_rates(options.cost),
            full=options.full,
            unit=options.unit,
            mending=mending_of(None, fill_holes=False),
            outlines=options.output is not None and options.output.suffix.lower() in _PICTURES,
            engine=engine_for(options.workers),
            on_step=display.step,
        )
    _require_one(comparison)
    if options.output is not None:
        _write(comparison, options.output, options.lang)
    if options.as_json:
        from amprep.cli.profile_tables import print_document
        from amprep.output.comparison import comparison_document

        outputs = [] if options.output is None else [options.output.as_posix()]
        print_document(comparison_document(comparison) | {"outputs": outputs})
        return
    print_comparison(comparison, options.output)


def _require_parts(files: Sequence[Path]) -> None:
    for path in files:
        if path.is_dir() or path.suffix.lower() in {".toml", ".amjob"}:
            raise UsageError(
                "a job stands for one machine; parts are compared",
                code="E104",
                where=str(path),
                fix=f"give the part files, or amprep estimate {as_argument(path)}",
            )


@contextlib.contextmanager
def _nothing_to_write() -> Iterator[None]:
    """Errors without the remark that no job was written, which is no question here."""
    try:
        yield
    except AmprepError as error:
        error.why = re.sub(r"[,;]?\s*(so )?nothing was written\.$", ".", error.why, flags=re.IGNORECASE)
        error.why = error.why.removesuffix("..") + "." if error.why.endswith("..") else error.why.lstrip(".")
        raise


def parse_quantities(text: str) -> tuple[int, ...]:
    """Quantities from ``12``, ``1,5,10`` or ``1..50``, also mixed, ascending.

    Raises
    ------
    UsageError
        E104 for anything else.

    """
    found: set[int] = set()
    for word in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,6})\s*(?:\.\.\s*(\d{1,6}))?\s*", word, re.ASCII)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= MOST_QUANTITY:
            raise UsageError(
                f'"{text}" is no quantity',
                code="E104",
                where="--quantity",
                why=f"Quantities are whole numbers from 1 to {MOST_QUANTITY}.",
                fix="--quantity 12, --quantity 1,5,10 or --quantity 1..50",
            )
        found.update(range(first, last + 1))
    return tuple(sorted(found))


def _require_writable(options: CompareOptions) -> None:
    from amprep.pictures.compare_texts import words

    words(options.lang, "times")
    output = options.output
    if output is None:
        return
    suffix = output.suffix.lower()
    if suffix not in _SUFFIXES:
        raise UsageError(
            f'"{output.suffix}" is no kind of file that a comparison is written as',
            code="E104",
            where="--output",
            fix="a name that ends in " + ", ".join(_SUFFIXES),
        )
    if output.is_dir():
        raise OutputError("this is a folder", code="E502", where=str(output), fix="name a file")
    if output.exists() and not options.force:
        raise OutputError("the file exists", code="E501", where=str(output), fix="add --force to replace it")
    if not output.parent.is_dir():
        raise OutputError(
            "the folder does not exist",
            code="E502",
            where=str(output.parent),
            fix="make it, or name a file in another one",
        )
    try:
        tempfile.TemporaryFile(dir=output.parent).close()
    except OSError as error:
        raise OutputError(
            "the folder takes no files",
            code="E502",
            where=str(output.parent),
            why=error.strerror or str(error),
            fix="name a file in another folder",
        ) from error


def _require_one(comparison: Comparison) -> None:
    """Refuse where nothing is left to compare."""
    if comparison.buildable:
        return
    refusals = [(one.label, one.refusal) for one in comparison.candidates if one.refusal is not None]
    fixes = dict.fromkeys(one.fix for _, one in refusals)
    raise BuildError(
        "no machine can build this",
        code=refusals[0][1].code,
        faults=[f"{label}: {one.what}" for label, one in refusals],
        # What helps on one machine may be far more than another one needs.
        fix=(
            next(iter(fixes))
            if len(fixes) == 1
            else "; ".join(f"{label}: {one.fix}" for label, one in refusals if one.fix)
        ),
    )


def _write(comparison: Comparison, output: Path, lang: str) -> None:
    suffix = output.suffix.lower()
    if suffix in _PICTURES:
        if len(comparison.candidates) > MOST_IN_PICTURE:
            raise UsageError(
                f"{len(comparison.candidates)} candidates, but a picture holds {MOST_IN_PICTURE}",
                code="E104",
                where="--output",
                fix="fewer machines, materials or layer thicknesses; or a .csv",
            )
        from amprep.output.comparison import comparison_hash
        from amprep.pictures.compare import draw_comparison
        from amprep.pictures.style import save
        from amprep.version import __version__

        figure = draw_comparison(
            comparison, version=__version__, job_hash=comparison_hash(comparison), lang=lang
        )
        save(figure, output)
        return
    from amprep.output.atomic import atomic_file
    from amprep.output.comparison import comparison_csv, comparison_document

    if suffix == ".csv":
        text = comparison_csv(comparison)
    else:
        import json

        text = (
            json.dumps(comparison_document(comparison), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        )
    with atomic_file(output, "w") as stream:
        stream.write(text)
