"""``amprep hatch``: one layer at once, for playing with parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.cli.area_texts import lost_texts
from amprep.cli.close_up import close_up_of, require_something
from amprep.cli.lengths import mending_of, parse_length_mm
from amprep.cli.percent import percent_text
from amprep.cli.settings import parameters_of
from amprep.cli.telling import in_words
from amprep.cli.words import count_text, figure, grade_text, many, region_text, say
from amprep.errors import UsageError
from amprep.model.provenance import Grade

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.hatching.exposing import Exposed
    from amprep.model.job import Job
    from amprep.model.notice import Notice
    from amprep.model.process import ProcessProfile
    from amprep.model.scan import LayerPlan, Region
    from amprep.pictures.close_up import CloseUp

__all__ = ["HatchOptions", "hatch_layer"]

#: What the legend of the SVG calls regions.
_NAMES = (
    "core",
    "contour",
    "upskin",
    "downskin",
    "upskin_contour",
    "downskin_contour",
    "edge",
    "support",
    "support_contour",
    "lost",
)


@dataclass(frozen=True, slots=True)
class HatchOptions:
    """Which layer, with what, and where to."""

    machine: str
    material: str | None
    layer_thickness: str | None
    process: str | None
    unit: str | None
    layer: int | None
    z: str | None
    around: str | None
    span: str | None
    settings: Sequence[str]
    output: Path | None
    force: bool
    as_json: bool


def hatch_layer(files: Sequence[Path], *, options: HatchOptions) -> None:
    """Expose one layer of parts or of a job file, say what it takes, and draw it."""
    import typer

    from amprep.layering import prepare_layer_parts

    close_up = close_up_of(options.around, options.span)
    output = options.output or Path("layer.svg")
    _require_drawable(output, force=options.force)
    job = _job(files, options)
    index = _index(job, options)
    plan, exposed = prepare_layer_parts(job, index)
    require_something(close_up, plan.vectors, index + 1)
    notices = [*job.notices, *_lost_notices(job, index, exposed)]
    document = _document(job, plan, index) | _lost_places(job, index, exposed)
    document["warnings"] = [notice.as_dict() for notice in notices]
    _draw(job, plan, output, document, close_up)
    if options.as_json:
        import json

        typer.echo(json.dumps(document | {"output": output.as_posix()}, indent=1, ensure_ascii=False))
        return
    for line in _lines(document):
        typer.echo(line)
    for notice in map(in_words, notices):
        where = f"{notice.where}: " if notice.where else ""
        typer.echo(f"  ! {where}{notice.text}   {notice.code}")
        if notice.hint:
            typer.echo(f"      {notice.hint}")
    typer.echo("\n" + say("wrote", path=output.as_posix()))


def _job(files: Sequence[Path], options: HatchOptions) -> Job:
    from amprep.assembling import assemble, assemble_job
    from amprep.reading.job_file import read_job_file, with_tables

    parameters = parameters_of(options.settings)
    if len(files) == 1 and (files[0].suffix == ".toml" or (files[0] / "job.toml").is_file()):
        path = files[0] / "job.toml" if files[0].is_dir() else files[0]
        _require_none_of_the_job(options)
        return assemble_job(with_tables(read_job_file(path), parameters), path.parent)
    thickness = options.layer_thickness
    return assemble(
        files,
        machine=options.machine,
        material=options.material,
        layer_thickness_mm=None
        if thickness is None
        else parse_length_mm(thickness, option="--layer-thickness"),
        process=options.process,
        unit=options.unit,
        mending=mending_of(None, fill_holes=False),
        parameters=parameters,
    )


def _require_none_of_the_job(options: HatchOptions) -> None:
    """E104 for what a job says itself and would not be heeded; parameters may be set beside it."""
    given = {
        "--material": options.material,
        "--layer-thickness": options.layer_thickness,
        "--process": options.process,
        "--unit": options.unit,
    }
    for name, value in given.items():
        if value is not None:
            raise UsageError(
                "the job says this itself",
                code="E104",
                where=name,
                fix=f"leave {name} out, or change the job",
            )


def _index(job: Job, options: HatchOptions) -> int:
    """The layer that is meant, from 0; the middle one where none is named."""
    count, t = job.layer_count, job.layer_thickness_mm
    if options.layer is not None and options.z is not None:
        raise UsageError("name the layer or the height, not both", code="E104", where="--layer-index, --z")
    if options.z is not None:
        z_mm = parse_length_mm(options.z, option="--z")
        index, told = math.ceil(z_mm / t - 1e-6) - 1, f"z = {z_mm:g} mm"
    elif options.layer is not None:
        index, told = options.layer - 1, f"layer {options.layer}"
    else:
        return count // 2
    if not 0 <= index < count:
        raise UsageError(
            f"there is no {told}",
            code="E104",
            where="--layer-index" if options.z is None else "--z",
            why=f"The job has layers 1 … {count}, up to {count * t:g} mm.",
        )
    return index


def _document(job: Job, plan: LayerPlan, index: int) -> dict[str, Any]:
    """What one layer takes: times, lengths and areas."""
    from amprep.estimation.time import layer_times, time_model
    from amprep.hatching.filling import hatch_angle_deg
    from amprep.model.estimate import ScanColumn
    from amprep.model.exposure import AGAIN
    from amprep.model.scan import AREA_NAMES, Region

    stats = plan.scan_stats[None]
    model = time_model(job.machine, job.parameter_sets.processes, stats)
    times = layer_times(stats, model)
    grades = [one.grade for name, one in model.inputs.items() if not name.startswith("recoater.")]
    lengths = np.hypot(*(plan.vectors.segments[:, 2:] - plan.vectors.segments[:, :2]).astype(np.float64).T)
    regions = {}
    # `np.unique` would import masked arrays.
    for number in np.flatnonzero(np.bincount(plan.vectors.region)).tolist():
        chosen = plan.vectors.region == number
        name = Region(number % AGAIN).key + (" again" if number >= AGAIN else "")
        regions[name] = {"vectors": int(chosen.sum()), "length_mm": float(lengths[chosen].sum())}
    directions_deg = [
        hatch_angle_deg(process.hatch(region), index, job.machine.gas_flow_deg)
        for process, region in _hatches(job, plan)
    ] or [hatch_angle_deg(job.parameter_sets.process(0, index).core, index, job.machine.gas_flow_deg)]
    motion = plan.scan_stats.sum(axis=0)
    return {
        "schema": "amprep.layer/1",
        "layer": index + 1,
        "layers": job.layer_count,
        "top_mm": plan.top_mm,
        "vectors": len(plan.vectors),
        "regions": regions,
        "area_mm2": dict(zip(AREA_NAMES, plan.areas.as_row(), strict=True)),
        "direction_deg": directions_deg[0],
        "directions_deg": list(dict.fromkeys(directions_deg)),
        "jump_mm": float(motion[ScanColumn.JUMP_MM] + motion[ScanColumn.TURN_MM]),
        "exposure_s": float(times.exposure_s[0]),
        "exposure_grade": str(Grade.worst(*grades)),
        "laser_busy_s": times.busy_s[0].tolist(),
    }


def _hatches(job: Job, plan: LayerPlan) -> list[tuple[ProcessProfile, Region]]:
    """What hatches the layer: each region with its parameters, what is core first, then by part."""
    from amprep.model.exposure import AGAIN
    from amprep.model.scan import Region

    vectors, sets, parts = plan.vectors, job.parameter_sets, len(job.parts)
    # `np.unique` would import masked arrays.
    keys = np.flatnonzero(np.bincount(vectors.region % AGAIN * np.int64(parts) + vectors.part)).tolist()
    found = {
        (number, sets.number(part, plan.index)): (sets.process(part, plan.index), Region(number))
        for number, part in (divmod(key, parts) for key in keys)
        if Region(number).is_hatch
    }
    return list(found.values())


def _lost_notices(job: Job, index: int, exposed: Sequence[Exposed]) -> list[Notice]:
    from amprep.losses import layer_lost_notices

    return layer_lost_notices(job, index, np.array([one.areas.as_row() for one in exposed]))


def _lost_places(job: Job, index: int, exposed: Sequence[Exposed]) -> dict[str, Any]:
    """The largest places that no beam reaches, by the keys of ``area_audit`` in summaries."""
    from amprep.losses import largest_places, places_of

    places = [place for part, one in enumerate(exposed) for place in places_of(part, index, one.lost_places)]
    in_all = sum(len(one.lost_places) for one in exposed)
    return {
        "lost_places": [place.as_dict(job) for place in largest_places(places, in_all)],
        "lost_places_in_all": in_all,
    }


def _lines(document: dict[str, Any]) -> list[str]:
    """The same as words."""
    areas = document["area_mm2"]
    lines = [
        " · ".join(
            (
                _layer_text(document),
                *_vectors_and_time(document),
                say("jumps_of", length=figure(document["jump_mm"], ".0f")),
                say("hatch_at", angle="°, ".join(figure(one) for one in document["directions_deg"])),
            )
        )
    ]
    lines += [
        f"  {region_text(name):18} {_vectors_text(region['vectors'], 9)} "
        f"{figure(region['length_mm'], '>12.2f')} mm"
        for name, region in document["regions"].items()
    ]
    sliced = areas["sliced"] or 1.0
    shares = [
        f"{say(f'share_{name}')} {percent_text(100 * area / sliced)}"
        for name, area in areas.items()
        if area and name != "sliced"
    ]
    lines.append(
        "  "
        + say("area_of", area=figure(areas["sliced"], ".2f"))
        + (": " if shares else "")
        + " · ".join(shares)
    )
    lines += [f"    {text}" for text in lost_texts(document["lost_places"], document["lost_places_in_all"])]
    return lines


def _layer_text(document: dict[str, Any], key: str = "layer_of") -> str:
    """Which layer it is."""
    layer, layers = str(document["layer"]), str(document["layers"])
    return say(key, layer=layer, layers=layers, z=figure(document["top_mm"], ".3f"))


def _place_text(close_up: CloseUp | None) -> str:
    """What is shown of a layer."""
    if close_up is None:
        return ""
    x, y, span = (figure(value) for value in (close_up.x_mm, close_up.y_mm, close_up.span_mm))
    return f" · {say('close_up', x=x, y=y, span=span)}"


def _vectors_and_time(document: dict[str, Any]) -> tuple[str, str]:
    """How many vectors, and how long they take."""
    seconds = say("seconds_of_exposure", seconds=figure(document["exposure_s"], ".3f"))
    grade = Grade(document["exposure_grade"])
    seconds += f" ({grade_text(grade)})" if grade.is_unconfirmed else ""
    return _vectors_text(document["vectors"]), seconds


def _vectors_text(number: int, width: int = 0) -> str:
    return many("vectors_counted", number, number=count_text(number).rjust(width))


def _require_drawable(output: Path, *, force: bool) -> None:
    from amprep.errors import OutputError

    if output.suffix.lower() not in {".svg", ".png"}:
        raise UsageError(
            f'"{output.suffix}" is no kind of picture that can be drawn',
            code="E104",
            where="--output",
            fix="a name that ends in .svg or .png",
        )
    if output.exists() and not force and output.name != "layer.svg":
        raise OutputError("the file exists", code="E501", where=str(output), fix="add --force to replace it")


def _draw(
    job: Job, plan: LayerPlan, output: Path, document: dict[str, Any], close_up: CloseUp | None
) -> None:
    from amprep.pictures.layers_of_run import lost_in_layer

    lost = lost_in_layer(job, plan.index) if plan.areas.lost_mm2 > 0 else []
    hatches = _hatches(job, plan)
    first = hatches[0][0] if hatches else job.process
    if output.suffix.lower() == ".svg":
        from amprep.output.atomic import atomic_file
        from amprep.pictures.layer_svg import layer_svg

        text = layer_svg(
            plan,
            title=_layer_text(document, "title_layer_of"),
            subtitle=f"{', '.join(_vectors_and_time(document))} · {job.machine.name} · {job.material.name} · "
            f"{say(f'pattern_{first.core.pattern.value}')}{_place_text(close_up)}",
            names={name: say(f"legend_{name}") for name in _NAMES},
            # Of several parts the first one's.
            distances_mm={
                region: process.hatch(region).hatch_distance_mm.value for process, region in reversed(hatches)
            },
            lost=lost,
            gas_flow_deg=job.machine.gas_flow_deg,
            close_up=close_up,
        )
        with atomic_file(output, "w") as stream:
            stream.write(text)
        return
    from amprep.languages import surrounding_language
    from amprep.output.summary import job_hash
    from amprep.pictures.layer import draw_layer
    from amprep.pictures.style import save
    from amprep.version import __version__

    figure = draw_layer(
        plan,
        machine=job.machine,
        process=job.process,
        material=job.material,
        busy_s=document["laser_busy_s"],
        layer_number=document["layer"],
        layer_count=document["layers"],
        version=__version__,
        job_hash=job_hash(job),
        lost=lost,
        close_up=close_up,
        lang=surrounding_language(),
    )
    save(figure, output)
