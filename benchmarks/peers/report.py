"""From what a run found to a document, to tables, and to a verdict on each goal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["areas_agree", "document", "full_table", "goals", "goals_table", "own_faults"]

#: Relative difference of a layer's area from manifold3d's that amprep may have.
AREA_TOLERANCE = 1e-6
#: The same for the length of all vectors against Clipper2's.
LENGTH_TOLERANCE = 1e-5
_GOAL_PARTS = ("bracket", "scan", "sphere", "gyroid")
_GOAL_SECTIONS = ("square-section", "disc-section", "gyroid-section", "lattice-section", "gears-section")
_TITLES = {
    "bracket": "bracket, 14 k",
    "scan": "scan, 270 k",
    "scan-small": "scan, 43 k",
    "sphere": "sphere, 1.3 M",
    "sphere-small": "sphere, 82 k",
    "gyroid": "gyroid, 5.2 M",
    "disc": "disc, 200 holes",
    "lattice": "2,025 hollow cells",
    "gears": "plate of 100 gears",
}

Document = dict[str, Any]


def document(run: Any, machine: dict) -> Document:
    """Everything that a run found, ready for JSON."""
    contests = {
        contest: {what: {who: cell.as_dict() for who, cell in cells.items()} for what, cells in rows.items()}
        for contest, rows in run.cells.items()
    }
    for cells in contests.get("contours", {}).values():
        _deviations(cells)
    found = {
        "schema": "amprep.peers/1",
        "machine": machine,
        "quick": run.options.quick,
        "rounds": run.options.rounds,
        "layer_mm": 0.04,
        "contestants": run.peers,
        "inputs_sha256": run.hashes,
        "contests": contests,
    }
    found["goals"] = goals(found)
    return found


def _deviations(cells: dict[str, dict]) -> None:
    """Largest relative difference of a contestant's areas from manifold3d's, or from amprep's without it."""
    judge = "manifold3d" if "areas" in cells.get("manifold3d", {}) else "amprep"
    right = cells.get(judge, {}).get("areas")
    for who, cell in cells.items():
        areas = cell.pop("areas", None) if who != judge else None
        if not areas or not right:
            continue
        shared = [layer for layer in areas if layer in right]
        worst = max(
            (abs(areas[layer] - right[layer]) / max(right[layer], 1e-3) for layer in shared), default=None
        )
        cell |= {"area_deviation": worst, "area_judge": judge, "areas_compared": len(shared)}
    if right:
        cells[judge].pop("areas", None)


# --- Goals


def _ratio(cells: dict[str, dict], who: str) -> float | None:
    """How many times longer than amprep a peer took, best against best."""
    own, other = cells.get("amprep", {}).get("best_s"), cells.get(who, {}).get("best_s")
    return other / own if own and other else None


def _worst(rows: dict[str, dict], names: tuple[str, ...], who: str) -> tuple[float | None, str]:
    """Smallest ratio over the inputs, and the input; None unless all of them were measured."""
    found = {name: _ratio(rows.get(name, {}), who) for name in names}
    known = {name: ratio for name, ratio in found.items() if ratio is not None}
    if len(known) < len(names):
        return None, ""
    name = min(known, key=lambda one: known[one])
    return known[name], name


def goals(found: Document) -> list[dict]:
    """Each goal with its figure; `met` is None where not everything it needs was measured."""
    return [
        {"work": work, "goal": goal, "figure": figure, "unit": unit, "where": where, "met": met}
        for work, goal, figure, unit, where, met in _judged(found["contests"])
    ]


def _judged(contests: dict[str, dict]) -> Iterator[tuple[str, str, float | None, str, str, bool | None]]:
    def at_least(work: str, bound: float, figure: float | None, unit: str, where: str = ""):
        met = None if figure is None else figure >= bound
        return work, f"≥ {bound:,.10g} {unit}".strip(), figure, unit, where, met

    def at_most(work: str, bound: float, figure: float | None, unit: str, where: str = ""):
        met = None if figure is None else figure <= bound
        return work, f"≤ {bound:,.10g} {unit}".strip(), figure, unit, where, met

    contours, fresh, hatching = (contests.get(name, {}) for name in ("contours", "fresh", "hatch"))
    names = {"prusaslicer": "PrusaSlicer", "curaengine": "CuraEngine", "trimesh": "trimesh", "pyslm": "PySLM"}
    for who, bound in (("prusaslicer", 15), ("curaengine", 15), ("trimesh", 300), ("pyslm", 800)):
        figure, where = _worst(contours, _GOAL_PARTS, who)
        yield at_least(f"STL to contours, running process, against {names[who]}", bound, figure, "×", where)
    for who in ("prusaslicer", "curaengine"):
        figure, where = _worst(fresh, ("sphere", "gyroid"), who)
        yield at_least(
            f"STL to contours, fresh process, large parts, against {names[who]}", 7, figure, "×", where
        )
    figure, where = _worst(fresh, ("bracket",), "prusaslicer")
    yield at_least("STL to contours, fresh process, bracket, against PrusaSlicer", 1, figure, "×", where)
    rates = {
        name: cells["amprep"]["crossings_per_s"] / 1e6
        for name, cells in contests.get("kernel", {}).items()
        if "crossings_per_s" in cells["amprep"] and name in _GOAL_PARTS
    }
    slowest = min(rates, key=lambda name: rates[name], default="")
    yield at_least("slicing kernel, one core", 100, rates.get(slowest), "M crossings/s", slowest)
    for pattern, who, name, bound in (
        ("meander", "pyslm", "PySLM", 500),
        ("stripes", "pyslm", "PySLM", 2000),
        ("meander", "clipper2", "Clipper2", 80),
        ("stripes", "clipper2", "Clipper2", 80),
    ):
        figure, where = _worst(hatching, tuple(f"{section}/{pattern}" for section in _GOAL_SECTIONS), who)
        yield at_least(
            f"hatch, {pattern}, five sections, against {name}",
            bound,
            figure,
            "×",
            where.partition("-section")[0],
        )
    cell = contests.get("offset", {}).get("gears-section", {}).get("amprep", {})
    yield at_most("beam offset + hatch against hatch alone, plate layer", 2, cell.get("ratio"), "×")
    ratios = {
        name: cells["amprep"]["ratio"]
        for name, cells in contests.get("threads", {}).items()
        if "ratio" in cells["amprep"] and not name.endswith("-small")
    }
    least = min(ratios, key=lambda name: ratios[name], default="")
    yield at_least("two workers against one, whole chain without writing", 1.8, ratios.get(least), "×", least)
    peak = fresh.get("gyroid", {}).get("amprep", {}).get("peak_mb")
    yield at_most("peak memory, slicing the gyroid", 1.0, peak / 1000 if peak else None, "GB")
    help_s = contests.get("help", {}).get("amprep --help", {}).get("amprep", {}).get("best_s")
    yield at_most("`amprep --help`, fresh process, warm", 0.15, help_s, "s")
    deviations = {
        name: cells["amprep"]["area_deviation"]
        for name, cells in contours.items()
        if cells.get("amprep", {}).get("area_judge") == "manifold3d" and name in _TITLES
    }
    largest = max(deviations, key=lambda name: deviations[name], default="")
    yield at_most(
        "area of a layer, relative difference from manifold3d",
        AREA_TOLERANCE,
        deviations.get(largest),
        "",
        largest,
    )


def areas_agree(found: Document) -> list[str]:
    """What contradicts amprep: areas on the generated parts, lengths of hatches against Clipper2."""
    faults = []
    for name, cells in found["contests"].get("contours", {}).items():
        deviation = cells.get("amprep", {}).get("area_deviation")
        if name in _TITLES and deviation is not None and deviation > AREA_TOLERANCE:
            faults.append(f"{name}: a layer's area differs by {deviation:.1e} from manifold3d's")
    for name, cells in found["contests"].get("hatch", {}).items():
        own, other = (cells.get(who, {}).get("length_mm") for who in ("amprep", "clipper2"))
        if own and other and not name.endswith("chess") and abs(own - other) > LENGTH_TOLERANCE * other:
            faults.append(f"{name}: {own:.3f} mm of vectors against Clipper2's {other:.3f} mm")
    return faults


def own_faults(found: Document) -> list[str]:
    """Where amprep itself failed, other than by refusing a part with a code."""
    return [
        f"{contest} of {name}: {cells['amprep']['error']}"
        for contest, rows in found["contests"].items()
        for name, cells in rows.items()
        if "error" in cells.get("amprep", {}) and "error[" not in cells["amprep"]["error"]
    ]


# --- Tables


def _number(value: float) -> str:
    """Three digits: ``1,234``, ``12.3``, ``0.0123``."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".")


def _seconds(value: float) -> str:
    if value >= 1:
        return f"{_number(value)} s"
    return f"{_number(1e3 * value)} ms" if value >= 1e-3 else f"{_number(1e6 * value)} µs"


def _figure(goal: dict) -> str:
    if goal["figure"] is None:
        return "not measured"
    text = f"{goal['figure']:.1e}" if goal["unit"] == "" else f"{_number(goal['figure'])} {goal['unit']}"
    return f"{text} ({goal['where']})" if goal["where"] else text


def _machine_line(found: Document) -> str:
    machine = found["machine"]
    return (
        f"{machine['processor']}, {machine['processors']} processors, {machine['system']}, Python"
        f" {machine['python']}; best of {found['rounds']} rounds, taken in turns."
    )


def goals_table(found: Document) -> str:
    """The short table of the README."""
    lines = [_machine_line(found), "", "| work | goal | measured, worst input | met |", "|---|---|---|---|"]
    marks = {True: "yes", False: "**no**", None: "–"}
    lines += [
        f"| {goal['work']} | {goal['goal']} | {_figure(goal)} | {marks[goal['met']]} |"
        for goal in found["goals"]
    ]
    versions = [
        f"{one['name']} {one['version']}" for one in found["contestants"].values() if not one["missing"]
    ]
    lines += ["", f"Versions: {', '.join(versions)}."]
    return "\n".join(lines) + "\n"


def full_table(found: Document) -> str:
    """All that was measured."""
    sections = [goals_table(found).rstrip("\n")]
    contests = found["contests"]
    if "contours" in contests:
        sections.append(
            _contour_table(found, "contours", "STL on disk → closed contours, in a running process")
        )
        sections.append(_contour_table(found, "fresh", "The same as a fresh process"))
        sections.append(_memory_table(found))
        sections.append(_area_table(found))
    if "hatch" in contests:
        sections += _hatch_tables(found)
    sections += [_alone_table(found), _contestants_table(found)]
    return "\n\n".join(section for section in sections if section) + "\n"


def _columns(rows: dict[str, dict]) -> list[str]:
    seen = dict.fromkeys(who for cells in rows.values() for who in cells)
    return [who for who in seen if who != "amprep"]


def _contour_table(found: Document, contest: str, title: str) -> str:
    rows, names = found["contests"][contest], found["contestants"]
    columns = _columns(rows)
    lines = [f"### {title}", ""]
    lines.append("| input | layers | amprep | " + " | ".join(names[who]["name"] for who in columns) + " |")
    lines.append("|---|---:|---:|" + "---:|" * len(columns))
    for name, cells in rows.items():
        own = cells.get("amprep", {})
        mine = _seconds(own["best_s"]) if "best_s" in own else "failed"
        layers = found["contests"]["contours"].get(name, {}).get("amprep", {}).get("layers", "–")
        texts = " | ".join(_contour_text(cells, who) for who in columns)
        lines.append(f"| {_TITLES.get(name, name)} | {layers} | {mine} | {texts} |")
    lines += ["", "Best time, and how many times amprep's it is."]
    if any(_is_partial(cell) for cells in rows.values() for cell in cells.values()):
        lines[-1] += (
            " * Extrapolated: the file is loaded whole, then layers spread evenly over the height are cut for"
            " a few seconds; the rest is assumed to take as long per layer."
        )
    failures = [
        f"- {names[who]['name']} on {_TITLES.get(name, name)} failed: {cell['error'][:160]}"
        for name, cells in rows.items()
        for who, cell in cells.items()
        if cell.get("error")
    ]
    if failures:
        lines += ["", *failures]
    return "\n".join(lines)


def _is_partial(cell: dict) -> bool:
    return "layers_cut" in cell and cell["layers_cut"] < cell["layers"]


def _contour_text(cells: dict[str, dict], who: str) -> str:
    cell, ratio = cells.get(who, {}), _ratio(cells, who)
    if "best_s" not in cell:
        return "failed" if cell.get("error") else "–"
    times = f" ({_number(ratio)} ×)" if ratio else ""
    return f"{_seconds(cell['best_s'])}{'*' if _is_partial(cell) else ''}{times}"


def _memory_table(found: Document) -> str:
    rows, names = found["contests"]["fresh"], found["contestants"]
    columns = _columns(rows)
    lines = ["### Peak memory of the fresh process, MB", ""]
    lines.append("| input | amprep | " + " | ".join(names[who]["name"] for who in columns) + " |")
    lines.append("|---|" + "---:|" * (len(columns) + 1))
    for name, cells in rows.items():
        if all("peak_mb" not in cell for cell in cells.values()):
            continue
        texts = [str(cells.get(who, {}).get("peak_mb", "–")) for who in ("amprep", *columns)]
        lines.append(f"| {_TITLES.get(name, name)} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


def _area_table(found: Document) -> str:
    rows, names = found["contests"]["contours"], found["contestants"]
    columns = [
        who
        for who in ("amprep", *_columns(rows))
        if any("area_deviation" in c.get(who, {}) for c in rows.values())
    ]
    if not columns:
        return ""
    lines = ["### Agreement: largest relative difference of a layer's area from manifold3d's", ""]
    lines.append("| input | layers compared | " + " | ".join(names[who]["name"] for who in columns) + " |")
    lines.append("|---|---:|" + "---:|" * len(columns))
    for name, cells in rows.items():
        compared = max((cell.get("areas_compared", 0) for cell in cells.values()), default=0)
        if not compared:
            continue
        texts = [
            f"{cells[who]['area_deviation']:.1e}"
            if cells.get(who, {}).get("area_deviation") is not None
            else "–"
            for who in columns
        ]
        lines.append(f"| {_TITLES.get(name, name)} | {compared} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


_PATTERN_TITLES = {"meander": "meander", "stripes": "stripes of 10 mm", "chess": "islands of 5 mm"}


def _hatch_tables(found: Document) -> Iterator[str]:
    rows, names = found["contests"]["hatch"], found["contestants"]
    for pattern, title in _PATTERN_TITLES.items():
        ending = f"-section/{pattern}"
        chosen = {what.removesuffix(ending): cells for what, cells in rows.items() if what.endswith(ending)}
        measured = {who for cells in chosen.values() for who, cell in cells.items() if "best_s" in cell}
        if "amprep" not in measured:
            continue
        peers = [who for who in _columns(rows) if who in measured]
        heads = " | ".join(names[who]["name"] for who in peers)
        lines = [f"### Hatch, {title}, 0.1 mm, 67°, one thread", ""]
        lines.append(f"| section | vectors | length, mm | amprep | {heads} |")
        lines.append("|---|---:|---:|---:|" + "---:|" * len(peers))
        for section, cells in chosen.items():
            mine = cells.get("amprep", {})
            size = f"{mine.get('vectors', 0):,} | {mine.get('length_mm', 0.0):,.1f}"
            own = _seconds(mine["best_s"]) if "best_s" in mine else "–"
            texts = " | ".join(_hatch_text(cells, who) for who in peers)
            lines.append(f"| {section} | {size} | {own} | {texts} |")
        yield "\n".join([*lines, "", "Best time, how many times amprep's it is; vectors and their length."])


def _hatch_text(cells: dict[str, dict], who: str) -> str:
    cell, ratio = cells.get(who, {}), _ratio(cells, who)
    if "best_s" not in cell:
        return "failed" if cell.get("error") else "–"
    times = f" ({_number(ratio)} ×)" if ratio else ""
    return f"{_seconds(cell['best_s'])}{times}; {cell['vectors']:,}, {cell['length_mm']:,.1f} mm"


def _alone_table(found: Document) -> str:
    contests = found["contests"]
    lines = []
    for contest, row in (
        ("kernel", _kernel_row),
        ("offset", _offset_row),
        ("threads", _threads_row),
        ("help", _help_row),
    ):
        for name, cells in contests.get(contest, {}).items():
            if "best_s" in cells["amprep"]:
                lines.append(f"| {' | '.join(row(name, cells['amprep']))} |")
    if not lines:
        return ""
    return "\n".join(
        ["### amprep alone", "", "| work | measured | what it includes |", "|---|---|---|", *lines]
    )


def _kernel_row(name: str, cell: dict) -> tuple[str, str, str]:
    rate = _number(cell["crossings_per_s"] / 1e6)
    return (
        f"cutting alone, {_TITLES.get(name, name)}",
        f"{_seconds(cell['best_s'])} for {cell['crossings']:,} crossings: {rate} M/s",
        "one thread, in memory, blocks of 50 layers",
    )


def _offset_row(name: str, cell: dict) -> tuple[str, str, str]:
    ratio = f"{_number(cell['ratio'])} ×"
    return (
        f"beam offset + hatch, {name.removesuffix('-section')}",
        f"{_seconds(cell['best_s'])}, hatch alone {_seconds(cell['alone_s'])}: {ratio}",
        "one thread, meander, offset 0.08 mm",
    )


def _threads_row(name: str, cell: dict) -> tuple[str, str, str]:
    ratio = f"{_number(cell['ratio'])} ×"
    return (
        f"whole chain, {_TITLES.get(name, name)}",
        f"one worker {_seconds(cell['one_s'])}, two {_seconds(cell['best_s'])}: {ratio}",
        f"{cell['layers']} layers on the M 400-4: slice, contour, hatch, lasers, estimate; nothing written",
    )


def _help_row(name: str, cell: dict) -> tuple[str, str, str]:
    figures = f"{_seconds(cell['best_s'])}, median {_seconds(cell['median_s'])}"
    return f"`{name}`", figures, "fresh process, files in the system's cache"


def _contestants_table(found: Document) -> str:
    lines = ["### Contestants", "", "| name | version | threads | its time includes |", "|---|---|---|---|"]
    for one in found["contestants"].values():
        if one["missing"]:
            lines.append(f"| {one['name']} | – | – | did not take part: {one['missing']} |")
            continue
        includes = "; ".join(f"{kind}: {text}" for kind, text in one["includes"].items())
        lines.append(f"| {one['name']} | {one['version']} | {one['threads']} | {includes} |")
    return "\n".join(lines)
