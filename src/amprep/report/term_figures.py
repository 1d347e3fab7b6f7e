"""What a term of the glossary is in a job: the sentence of the glossary, and the job's own values by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from amprep.glossary import own_job_text, term_named
from amprep.languages import LANGUAGES
from amprep.languages.catalogues import words
from amprep.model.provenance import Grade, GradedNumbers, GradedText, GradedValue
from amprep.model.scan import Region
from amprep.report.auditing import region_name
from amprep.report.figures import rate_sentences, smoke_sentences
from amprep.report.grounds import build_volume_row, graded_row, input_label
from amprep.report.local import Local, Words, each, say, with_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from amprep.glossary import Term
    from amprep.model.process import ProcessProfile
    from amprep.model.provenance import Graded
    from amprep.runs import Run

__all__ = ["term_figures"]

#: Terms that say of a job what others say.
_SAID_BY = {
    "job": ("layer", "job_time"),
    "powder": ("powder_charge",),
    "process": ("layer", "vector"),
    "slicing": ("layer",),
}

#: Words for the settings of a job; others go by the name that a job file has for them.
_LABELS = {
    "hatch.pattern": "pattern",
    "hatch.hatch_distance_mm": "hatch_distance",
    "hatch.stripe_width_mm": "stripe_width",
    "hatch.island_mm": "island",
    "hatch.rotation_deg": "rotation",
    "hatch.beam_offset_mm": "beam_offset",
    "contour.beam_offset_mm": "contour_offset",
    "contour.count": "contour_count",
    "upskin.layers": "upskin_layers",
    "downskin.layers": "downskin_layers",
    "lasers.strategy": "laser_strategy",
}

#: Settings that only one kind of pattern has.
_OF_PATTERN = {"hatch.stripe_": {"stripes"}, "hatch.island_": {"chess", "hexagon"}}

#: The pattern says which of these there are.
_PATTERNS = ("stripes", "chess", "island", "meander", "core")

_UNITS = {
    "mm_s": "mm/s",
    "l_min": "l/min",
    "mm": "mm",
    "deg": "°",
    "pct": "%",
    "w": "W",
    "s": "s",
    "l": "l",
}


def term_figures(term: Term, run: Run) -> list[Local]:
    """Sentences, and lines of a name, its value and the grade of that; none where a job has nothing of it."""
    said = [
        _own_sentence(one, run)
        for one in (term, *map(term_named, _SAID_BY.get(term.key, ())))
        if own_job_text(one, run.summary, lang=LANGUAGES[0])
    ]
    said += [_line(label, value, grade) for label, value, grade in _rows(term, run)]
    if term.key == "build_rate":
        said += rate_sentences(run.summary)
    if term.key == "smoke" and run.summary.get("smoke"):
        said += smoke_sentences(run.summary["smoke"])
    return list(dict.fromkeys(map(_plain, said)))


#: A name, a value, and the grade of that.
_Row: TypeAlias = "tuple[Words, Words, Words | None]"


def _plain(line: Local) -> Local:
    """For the terminal, which wraps at spaces."""
    return each(lambda lang: line.in_language(lang).replace("\u00a0", " "))


def _own_sentence(term: Term, run: Run) -> Local:
    return each(lambda lang: own_job_text(term, run.summary, lang=lang))


def _line(label: Words, value: Words, grade: Words | None) -> Local:
    def told(lang: str) -> str:
        of_grade = "" if grade is None else f" ({_in(grade, lang)})"
        return f"{_in(label, lang)}: {_in(value, lang)}{of_grade}"

    return each(told)


def _in(text: Words, lang: str) -> str:
    return text.in_language(lang) if isinstance(text, Local) else text


def _rows(term: Term, run: Run) -> Iterator[_Row]:
    """Names, values and grades that belong to a term."""
    yield from _SPECIAL[term.key](run) if term.key in _SPECIAL else ()
    if term.key in _PATTERNS:
        yield from _setting("hatch.pattern", run)
    for name in term.settings:
        # All regions say what these are, each on a line of its own.
        if not (term.key in _SPECIAL and name.endswith(("laser_power_w", "scan_speed_mm_s"))):
            yield from _setting(name, run)
    for name in term.profile:
        yield from _of_machine(name, run)


def _setting(name: str, run: Run) -> Iterator[_Row]:
    """A setting of the job; several rows where layers or parts have values of their own."""
    table, _, field = name.partition(".")
    if table == "lasers" and run.lasers == 1:
        return
    for process in run.parameter_sets.processes:
        patterns = next((one for key, one in _OF_PATTERN.items() if name.startswith(key)), None)
        if patterns is not None and process.core.pattern.value not in patterns:
            continue
        graded = _graded_of(process, table, field, run)
        if graded is not None:
            label = say(_LABELS[name]) if name in _LABELS else name
            yield _row(label, graded, field)


def _graded_of(process: ProcessProfile, table: str, field: str, run: Run) -> Graded | None:
    """The value of a setting; None where the job has no use for it."""
    if table == "support":
        if Region.SUPPORT.key not in run.summary["regions"]:
            return None
        return _graded(process.hatch(Region.SUPPORT), field)
    noun = process.core if table == "hatch" else getattr(process, table, None)
    has_none = table in {"upskin", "downskin"} and not getattr(noun, "layers").value  # noqa: B009 - two kinds
    return None if has_none and field != "layers" else _graded(noun, field)


def _graded(noun: Any, field: str) -> Graded | None:
    value = getattr(noun, field, None)
    is_empty = isinstance(value, GradedNumbers) and not value.value
    return value if isinstance(value, GradedValue | GradedText | GradedNumbers) and not is_empty else None


def _row(label: Words, graded: Graded, field: str) -> _Row:
    unit = next((unit for end, unit in _UNITS.items() if field.endswith(f"_{end}")), "")
    return graded_row(label, graded, unit)


def _of_machine(name: str, run: Run) -> Iterator[_Row]:
    """A field of the machine's profile, as it is in the job."""
    table, _, field = name.partition(".")
    if table == "lasers":
        first = run.machine.lasers[0]
        if isinstance(getattr(first, field), GradedValue):
            yield _row(_label(name), getattr(first, field), field)
        return
    if table == "build_volume":
        yield build_volume_row(run)
        return
    noun = getattr(run.machine, table)
    value = noun if not field else getattr(noun, field)
    if isinstance(value, Mapping):
        mode = run.process.recoating_mode.value
        name, value = f"{name}.{mode}", value.get(mode)
    if isinstance(value, GradedValue | GradedText):
        yield _row(_label(name), value, field)


def _label(name: str) -> Words:
    """Words for a field of a profile: the report's, else the glossary's where one term alone has it."""
    label = input_label(name)
    key = _TERMS_OF_FIELDS.get(name)
    if label != name or key is None:
        return label
    return each(lambda lang: words("glossary", lang, f"{key}.title"))


_TERMS_OF_FIELDS = {
    "gas_flow_direction": "gas_flow",
    "lasers.focus_diameter_mm": "laser_spot",
    "scanner.sky_writing": "skywriting",
}


def _beams(place: int, unit: str) -> Callable[[Run], Iterator[_Row]]:
    """Power (0) or speed (1) of each region that the job exposes."""

    def rows(run: Run) -> Iterator[_Row]:
        for process in run.parameter_sets.processes:
            for region in Region:
                if region.key in run.summary["regions"]:
                    yield graded_row(region_name(region.key), process.beam(region)[place], unit)

    return rows


def _energies(run: Run) -> Iterator[_Row]:
    """Power ÷ (speed × hatch distance × layer thickness) of each hatch, graded as the weakest of them."""
    for process in run.parameter_sets.processes:
        for region in Region:
            if region.is_hatch and region.key in run.summary["regions"]:
                power, speed = process.beam(region)
                distance = process.hatch(region).hatch_distance_mm
                volume_rate = speed.value * distance.value * process.layer_thickness_mm
                value = with_unit(power.value / volume_rate, "J/mm³")
                grade = Grade.worst(power.grade, speed.grade, distance.grade)
                yield region_name(region.key), value, say(f"grade_{grade}")


def _thickness(run: Run) -> Iterator[_Row]:
    yield say("layer_thickness"), with_unit(1000 * run.layer_thickness_mm, "µm"), None
    yield say("process"), run.process.name, None


def _named(*keys: str) -> Callable[[Run], Iterator[_Row]]:
    """Machine, material and process of the job by name."""

    def rows(run: Run) -> Iterator[_Row]:
        for key in keys:
            yield say(key), getattr(run, key).name, None

    return rows


def _skin(key: str) -> Callable[[Run], Iterator[_Row]]:
    def rows(run: Run) -> Iterator[_Row]:
        region = run.summary["regions"].get(key)
        if region is not None:
            yield say("marked_in_all"), with_unit(region["length_mm"] / 1000, "m"), None

    return rows


def _gas(*kinds: str) -> Callable[[Run], Iterator[_Row]]:
    def rows(run: Run) -> Iterator[_Row]:
        gas = run.process.inert_gas
        if gas is not None and gas.value in kinds:
            yield graded_row(say("inert_gas"), gas)

    return rows


def _recoater(run: Run) -> Iterator[_Row]:
    yield graded_row(say("recoating_mode"), run.process.recoating_mode)
    if run.process.recoater_blade is not None:
        yield graded_row(say("recoater_blade"), run.process.recoater_blade)


def _platform(run: Run) -> Iterator[_Row]:
    yield build_volume_row(run)
    if run.process.platform_temperature_c is not None:
        yield graded_row(say("platform_temperature"), run.process.platform_temperature_c, "°C")


def _parts(run: Run) -> Iterator[_Row]:
    yield say("parts"), str(len(run.part_names)), None


def _triangles(run: Run) -> Iterator[_Row]:
    for part in run.summary["input"]:
        yield part["name"], with_unit(part["triangles"], "", digits=12), None


_SPECIAL: dict[str, Callable[[Run], Iterator[_Row]]] = {
    "argon": _gas("Ar"),
    "downskin": _skin("downskin"),
    "energy_density": _energies,
    "job": _named("machine", "material", "process"),
    "laser_power": _beams(0, "W"),
    "layer_thickness": _thickness,
    "nitrogen": _gas("N2"),
    "parameter_set": _named("process"),
    "part": _parts,
    "platform": _platform,
    "powder": _named("material"),
    "recoater": _recoater,
    "scan_speed": _beams(1, "mm/s"),
    "triangle": _triangles,
    "upskin": _skin("upskin"),
}
