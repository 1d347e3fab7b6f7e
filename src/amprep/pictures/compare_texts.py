"""Words of the picture that compares machines, in four languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from amprep.errors import UsageError, did_you_mean
from amprep.languages.numbers import THIN_SPACE, duration_text, marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.model.estimate import Ranged

__all__ = ["COUNTED", "LANGUAGES", "WORDS", "counted", "figure_text", "hours_texts", "time_texts", "words"]

_T = TypeVar("_T")

#: Key to words, with the same keys and the same places to fill in every language.
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title_fastest": "{what} · fastest: {machine}, {time}",
        "spaces": "Build spaces from above, one scale",
        "times": "Time of all jobs",
        "time_axis": "Time in h",
        "before_s": "Inerting, heating",
        "recoating_s": "Recoating",
        "hatch_s": "Hatch",
        "contour_s": "Contours, edges",
        "motion_s": "Jumps, delays",
        "wait_s": "Waiting",
        "cooling_s": "Cooling",
        "gas_flow": "Gas flow",
        "recoater": "Recoater",
        "fields": "Laser fields",
        "capacity": "up to {count} per job",
        "powder": "{mass} powder",
        "gas": "{volume} gas",
        "each": "{each} per {unit}",
        "part": "part",
        "set": "set",
        "misfit": "does not fit",
        "no_process": "no process for this layer thickness",
        "refused": "cannot be built",
        "misfit_size": "part {size} mm, space {space} mm",
        "time_s_changes": "Faster per {unit}: up to {low} {few}, from {high} on {many}",
        "cost_eur_changes": "Cheaper per {unit}: up to {low} {few}, from {high} on {many}",
        "time_s_then": "Faster per {unit}: from {high} on {many}; below, now the one, now the other",
        "cost_eur_then": "Cheaper per {unit}: from {high} on {many}; below, now the one, now the other",
        "time_s_always": "Faster per {unit} for any quantity up to {high}: {many}",
        "cost_eur_always": "Cheaper per {unit} for any quantity up to {high}: {many}",
        "quick": "estimated without hatching",
        "gap": "gap {gap} mm",
        "uncalibrated": "uncalibrated: values assumed",
        "calibrated_are": "calibrated: {machines}",
        "uncalibrated_are": "uncalibrated: {machines}",
        "others_assumed": "other values assumed",
        "uncertain": ", ranges overlap: not certain",
        "too_wide": "{by} mm too wide",
        "too_high": "{by} mm too high",
        "imprint": "amprep {version} · comparison {job}",
        "alt": "{what} on {machines}. {each}",
        "alt_one": "{machine}: {jobs}, {time}.",
        "alt_misfit": "{machine}: {why}.",
    },
    "de": {
        "title_fastest": "{what} · am schnellsten: {machine}, {time}",
        "spaces": "Bauräume von oben, ein Maßstab",
        "times": "Zeit aller Baujobs",
        "time_axis": "Zeit in h",
        "before_s": "Inertgas, Heizen",
        "recoating_s": "Beschichten",
        "hatch_s": "Füllung",
        "contour_s": "Konturen, Kanten",
        "motion_s": "Sprünge, Verzögerungen",
        "wait_s": "Warten",
        "cooling_s": "Abkühlen",
        "gas_flow": "Gasstrom",
        "recoater": "Beschichter",
        "fields": "Laserfelder",
        "capacity": "bis zu {count} je Baujob",
        "powder": "{mass} Pulver",
        "gas": "{volume} Gas",
        "each": "{each} je {unit}",
        "part": "Teil",
        "set": "Satz",
        "misfit": "passt nicht",
        "no_process": "kein Prozess für diese Schichtdicke",
        "refused": "nicht baubar",
        "misfit_size": "Teil {size} mm, Raum {space} mm",
        "time_s_changes": "Schneller je {unit}: bis {low} {few}, ab {high} {many}",
        "cost_eur_changes": "Günstiger je {unit}: bis {low} {few}, ab {high} {many}",
        "time_s_then": "Schneller je {unit}: ab {high} {many}; darunter mal die eine, mal die andere",
        "cost_eur_then": "Günstiger je {unit}: ab {high} {many}; darunter mal die eine, mal die andere",
        "time_s_always": "Schneller je {unit} bei jeder Stückzahl bis {high}: {many}",
        "cost_eur_always": "Günstiger je {unit} bei jeder Stückzahl bis {high}: {many}",
        "quick": "ohne Füllvektoren geschätzt",
        "gap": "Abstand {gap} mm",
        "uncalibrated": "unkalibriert: Werte angenommen",
        "calibrated_are": "kalibriert: {machines}",
        "uncalibrated_are": "unkalibriert: {machines}",
        "others_assumed": "übrige Werte angenommen",
        "uncertain": ", Bereiche überlappen: nicht sicher",
        "too_wide": "{by} mm zu breit",
        "too_high": "{by} mm zu hoch",
        "imprint": "amprep {version} · Vergleich {job}",
        "alt": "{what} auf {machines}. {each}",
        "alt_one": "{machine}: {jobs}, {time}.",
        "alt_misfit": "{machine}: {why}.",
    },
    "cs": {
        "title_fastest": "{what} · nejrychleji: {machine}, {time}",
        "spaces": "Stavební prostory shora, jedno měřítko",
        "times": "Čas všech úloh",
        "time_axis": "Čas v h",
        "before_s": "Inertizace, ohřev",
        "recoating_s": "Nanášení prášku",
        "hatch_s": "Výplň",
        "contour_s": "Kontury, hrany",
        "motion_s": "Skoky, prodlevy",
        "wait_s": "Čekání",
        "cooling_s": "Chladnutí",
        "gas_flow": "Proud plynu",
        "recoater": "Stěrka",
        "fields": "Pole laserů",
        "capacity": "až {count} v úloze",
        "powder": "{mass} prášku",
        "gas": "{volume} plynu",
        "each": "{each} za {unit}",
        "part": "díl",
        "set": "sadu",
        "misfit": "nevejde se",
        "no_process": "pro tuto tloušťku vrstvy není proces",
        "refused": "nelze vyrobit",
        "misfit_size": "díl {size} mm, prostor {space} mm",
        "time_s_changes": "Rychleji na {unit}: do {low} {few}, od {high} {many}",
        "cost_eur_changes": "Levněji na {unit}: do {low} {few}, od {high} {many}",
        "time_s_then": "Rychleji na {unit}: od {high} {many}; pod tím někdy jedna, někdy druhá",
        "cost_eur_then": "Levněji na {unit}: od {high} {many}; pod tím někdy jedna, někdy druhá",
        "time_s_always": "Rychleji na {unit} při každém počtu do {high}: {many}",
        "cost_eur_always": "Levněji na {unit} při každém počtu do {high}: {many}",
        "quick": "odhad bez vektorů výplně",
        "gap": "mezera {gap} mm",
        "uncalibrated": "nekalibrováno: hodnoty předpokládané",
        "calibrated_are": "kalibrováno: {machines}",
        "uncalibrated_are": "nekalibrováno: {machines}",
        "others_assumed": "ostatní hodnoty předpokládané",
        "uncertain": ", rozsahy se překrývají: není jisté",
        "too_wide": "o {by} mm příliš široké",
        "too_high": "o {by} mm příliš vysoké",
        "imprint": "amprep {version} · srovnání {job}",
        "alt": "{what} na {machines}. {each}",
        "alt_one": "{machine}: {jobs}, {time}.",
        "alt_misfit": "{machine}: {why}.",
    },
    "pl": {
        "title_fastest": "{what} · najszybciej: {machine}, {time}",
        "spaces": "Przestrzenie robocze z góry, jedna skala",
        "times": "Czas wszystkich zadań",
        "time_axis": "Czas w h",
        "before_s": "Inertyzacja, grzanie",
        "recoating_s": "Nanoszenie proszku",
        "hatch_s": "Wypełnienie",
        "contour_s": "Kontury, krawędzie",
        "motion_s": "Skoki, opóźnienia",
        "wait_s": "Oczekiwanie",
        "cooling_s": "Chłodzenie",
        "gas_flow": "Przepływ gazu",
        "recoater": "Zgarniacz",
        "fields": "Pola laserów",
        "capacity": "do {count} w zadaniu",
        "powder": "{mass} proszku",
        "gas": "{volume} gazu",
        "each": "{each} za {unit}",
        "part": "część",
        "set": "zestaw",
        "misfit": "nie mieści się",
        "no_process": "brak procesu dla tej grubości warstwy",
        "refused": "nie da się wykonać",
        "misfit_size": "część {size} mm, przestrzeń {space} mm",
        "time_s_changes": "Szybciej na {unit}: do {low} {few}, od {high} {many}",
        "cost_eur_changes": "Taniej na {unit}: do {low} {few}, od {high} {many}",
        "time_s_then": "Szybciej na {unit}: od {high} {many}; poniżej raz jedna, raz druga",
        "cost_eur_then": "Taniej na {unit}: od {high} {many}; poniżej raz jedna, raz druga",
        "time_s_always": "Szybciej na {unit} przy każdej liczbie do {high}: {many}",
        "cost_eur_always": "Taniej na {unit} przy każdej liczbie do {high}: {many}",
        "quick": "oszacowano bez wektorów wypełnienia",
        "gap": "odstęp {gap} mm",
        "uncalibrated": "nieskalibrowane: wartości założone",
        "calibrated_are": "skalibrowane: {machines}",
        "uncalibrated_are": "nieskalibrowane: {machines}",
        "others_assumed": "pozostałe wartości założone",
        "uncertain": ", zakresy się nakładają: niepewne",
        "too_wide": "za szerokie o {by} mm",
        "too_high": "za wysokie o {by} mm",
        "imprint": "amprep {version} · porównanie {job}",
        "alt": "{what} na {machines}. {each}",
        "alt_one": "{machine}: {jobs}, {time}.",
        "alt_misfit": "{machine}: {why}.",
    },
}

#: What is counted: for one, for a few and for many; which number takes which says the language.
COUNTED: dict[str, dict[str, tuple[str, str, str]]] = {
    "en": {
        "part": ("{n} part", "{n} parts", "{n} parts"),
        "set": ("{n} set", "{n} sets", "{n} sets"),
        "job": ("{n} job", "{n} jobs", "{n} jobs"),
        "laser": ("{n} laser", "{n} lasers", "{n} lasers"),
    },
    "de": {
        "part": ("{n} Teil", "{n} Teile", "{n} Teile"),
        "set": ("{n} Satz", "{n} Sätze", "{n} Sätze"),
        "job": ("{n} Baujob", "{n} Baujobs", "{n} Baujobs"),
        "laser": ("{n} Laser", "{n} Laser", "{n} Laser"),
    },
    "cs": {
        "part": ("{n} díl", "{n} díly", "{n} dílů"),
        "set": ("{n} sada", "{n} sady", "{n} sad"),
        "job": ("{n} úloha", "{n} úlohy", "{n} úloh"),
        "laser": ("{n} laser", "{n} lasery", "{n} laserů"),
    },
    "pl": {
        "part": ("{n} część", "{n} części", "{n} części"),
        "set": ("{n} zestaw", "{n} zestawy", "{n} zestawów"),
        "job": ("{n} zadanie", "{n} zadania", "{n} zadań"),
        "laser": ("{n} laser", "{n} lasery", "{n} laserów"),
    },
}

LANGUAGES = tuple(WORDS)


def figure_text(value: float, lang: str, decimals: int = 0) -> str:
    """A number with thin blanks from 1000 on, the small end of a range as the large one."""
    digits = f"{value:,.{decimals}f}"
    return digits.replace(",", THIN_SPACE).replace(".", marks(lang)[0])


def hours_texts(seconds: Sequence[float], lang: str) -> list[str]:
    """Times in one form, and no finer than their ranges are: ``11 h``, ``6.3 h``, or ``5 h 12 min`` each."""
    if max(seconds) < 10 * 3600:
        return [duration_text(one, lang) for one in seconds]
    hours = [one / 3600 for one in seconds]
    return [f"{figure_text(one, lang, 0 if one >= 9.95 else 1)} h" for one in hours]


def words(lang: str, key: str, **values: str) -> str:
    """The words for `key` in the language `lang`, with `values` filled in.

    Raises
    ------
    UsageError
        E104, when there are no words in this language.

    """
    return _of(WORDS, lang)[key].format(**values)


def time_texts(total: Ranged, lang: str) -> tuple[str, str]:
    """The time, and its range in brackets where there is one."""
    time, low, high = hours_texts((total.value, total.low, total.high), lang)
    if not total.has_range:
        return time, ""
    number, _, unit = low.rpartition(" ")
    if " " not in number and high.count(" ") == 1 and high.endswith(f" {unit}"):
        low = number
    return time, f"({low} – {high})"


def counted(lang: str, key: str, number: int) -> str:
    """``12 parts``; in Czech and Polish a few are counted in another form than many."""
    return _of(COUNTED, lang)[key][_form(lang, number)].format(n=figure_text(number, lang))


def _form(lang: str, number: int) -> int:
    if number == 1:
        return 0
    if lang == "pl":
        return 1 if number % 10 in {2, 3, 4} and number % 100 not in {12, 13, 14} else 2
    return 1 if number in {2, 3, 4} else 2


def _of(table: dict[str, dict[str, _T]], lang: str) -> dict[str, _T]:
    if lang not in table:
        raise UsageError(
            f'no pictures in the language "{lang}".{did_you_mean(lang, LANGUAGES)}',
            code="E104",
            where="--lang",
            fix="one of: " + ", ".join(LANGUAGES),
        )
    return table[lang]
