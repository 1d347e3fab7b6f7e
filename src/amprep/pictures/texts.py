"""All words of the pictures, per language, and how numbers and times are written."""

from __future__ import annotations

import math
from typing import TypeVar

from amprep.errors import UsageError, did_you_mean

__all__ = [
    "LANGUAGES",
    "TEXTS",
    "duration_range_text",
    "duration_text",
    "number_text",
    "ordinal_text",
    "seconds_text",
    "text",
]

_T = TypeVar("_T")

THIN_SPACE = "\u2009"

#: Decimal mark and thousands mark of each language.
MARKS: dict[str, tuple[str, str]] = {
    "en": (".", ","),
    "de": (",", THIN_SPACE),
    "cs": (",", THIN_SPACE),
    "pl": (",", THIN_SPACE),
}

#: Numbers with fewer digits before the decimal mark are not grouped: 1100, but 11,000.
GROUPED_FROM = 10_000

#: Key to words, with the same keys and the same places to fill in every language.
TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "x_axis": "x in mm",
        "y_axis": "y in mm",
        "z_axis": "Build height z in mm",
        "time_axis": "Time per layer in s",
        "laser_axis": "Per laser in s",
        "laser_axis_ms": "Per laser in ms",
        "gas_flow": "Gas flow",
        "recoater": "Recoater",
        "direction_unknown": "{name}: unknown",
        "by_region": "coloured by region",
        "by_laser": "coloured by laser",
        "core": "Core",
        "contour": "Contour",
        "upskin": "Upskin",
        "downskin": "Downskin",
        "edge": "Edge (thin wall)",
        "support": "Support",
        "lost": "Not exposed: {area} mm²",
        "plate_edge": "Edge of plate",
        "part_box": "Extent of part",
        "overlap_zone": "Overlap zone",
        "field_border": "Field border",
        "assumed": "{what} (assumed)",
        "fields_assumed": "fields assumed",
        "laser_time": "Laser {number} · {time}",
        "layer_title": "Layer {number} of {count}: {time} exposure",
        "layer_title_empty": "Layer {number} of {count}: nothing to expose",
        "layer_subtitle": "z = {z} mm · {vectors}",
        "vectors_none": "no vectors",
        "vectors_one": "1 vector",
        "vectors_many": "{count} vectors",
        "no_vectors": "no vectors in this layer",
        "thinned_hatch": "every {nth} hatch vector drawn",
        "thinned_contour": "every {nth} contour vector drawn",
        "uncalibrated": "uncalibrated: values assumed",
        "stripes": "stripes {width} mm",
        "chess": "islands {width} mm",
        "unidirectional": "one direction",
        "hexagon": "hexagons of {width} mm",
        "concentric": "concentric",
        "meander": "meander",
        "thickness": "{value} µm",
        "imprint": "amprep {version} · job {job}",
        "time_title": "{time} for {layers}",
        "layers_none": "no layers",
        "layers_one": "1 layer",
        "layers_many": "{count} layers",
        "recoating": "Recoating",
        "exposure": "exposure",
        "core_marking": "Exposing hatch",
        "contour_marking": "Exposing contours",
        "motion": "Jumps and delays",
        "waiting": "Waiting",
        "min_layer_time": "Minimum {time}",
        "share": "{percent} % {what}",
        "range_assumed": "{range}, assumed values inside",
        "range": "{range}",
        "before_after": "plus {time} before and after the layers",
        "longest_layer": "Longest layers",
        "binned": "mean of {count} layers each",
        "binned_lasers": "lasers: mean of {count} layers each",
        "range_to": "{low} to {high}",
        "layer_alt": "Layer {number} of {count} at z = {z} mm, once coloured by region and once by laser: "
        "hatch vectors {hatch}, contour vectors {contour}. {lasers}",
        "layer_alt_lost": "{area} mm² of the layer are not exposed.",
        "layer_alt_empty": "Layer {number} of {count} at z = {z} mm: the empty plate, nothing is exposed.",
        "layer_alt_lasers": "Exposure takes {time}: {each}.",
        "laser_each": "laser {number} works for {time}",
        "time_alt": "Time per layer over the build height, stacked by cause: {time} for {layers}. "
        "{shares}. The layer time runs from {shortest} to {longest}; the longest layer is at z = {z} mm.",
        "time_alt_empty": "Time per layer: the job has no layers.",
    },
    "de": {
        "x_axis": "x in mm",
        "y_axis": "y in mm",
        "z_axis": "Bauhöhe z in mm",
        "time_axis": "Zeit je Schicht in s",
        "laser_axis": "Je Laser in s",
        "laser_axis_ms": "Je Laser in ms",
        "gas_flow": "Gasstrom",
        "recoater": "Beschichter",
        "direction_unknown": "{name}: unbekannt",
        "by_region": "nach Bereich eingefärbt",
        "by_laser": "nach Laser eingefärbt",
        "core": "Füllung (Kern)",
        "contour": "Kontur",
        "upskin": "Upskin (Deckfläche)",
        "downskin": "Downskin (Überhang)",
        "edge": "Edge (dünne Wand)",
        "support": "Stütze",
        "lost": "Nicht belichtet: {area} mm²",
        "plate_edge": "Plattenrand",
        "part_box": "Ausdehnung des Teils",
        "overlap_zone": "Überlappzone",
        "field_border": "Feldgrenze",
        "assumed": "{what} (angenommen)",
        "fields_assumed": "Felder angenommen",
        "laser_time": "Laser {number} · {time}",
        "layer_title": "Schicht {number} von {count}: {time} Belichtung",
        "layer_title_empty": "Schicht {number} von {count}: nichts zu belichten",
        "layer_subtitle": "z = {z} mm · {vectors}",
        "vectors_none": "keine Vektoren",
        "vectors_one": "1 Vektor",
        "vectors_many": "{count} Vektoren",
        "no_vectors": "keine Vektoren in dieser Schicht",
        "thinned_hatch": "gezeichnet: jeder {nth} Füllvektor",
        "thinned_contour": "gezeichnet: jeder {nth} Konturvektor",
        "uncalibrated": "unkalibriert: Werte angenommen",
        "stripes": "Streifen {width} mm",
        "chess": "Inseln {width} mm",
        "unidirectional": "eine Richtung",
        "hexagon": "Sechsecke von {width} mm",
        "concentric": "konzentrisch",
        "meander": "Mäander",
        "thickness": "{value} µm",
        "imprint": "amprep {version} · Auftrag {job}",
        "time_title": "{time} für {layers}",
        "layers_none": "keine Schichten",
        "layers_one": "1 Schicht",
        "layers_many": "{count} Schichten",
        "recoating": "Beschichten",
        "exposure": "Belichten",
        "core_marking": "Füllung belichten",
        "contour_marking": "Kontur belichten",
        "motion": "Sprünge, Verzögerungen",
        "waiting": "Warten",
        "min_layer_time": "Mindestzeit {time}",
        "share": "{percent} % {what}",
        "range_assumed": "{range}, mit angenommenen Werten",
        "range": "{range}",
        "before_after": "dazu {time} vor und nach den Schichten",
        "longest_layer": "Längste Schichten",
        "binned": "Mittel aus je {count} Schichten",
        "binned_lasers": "Laser: Mittel aus je {count} Schichten",
        "range_to": "{low} bis {high}",
        "layer_alt": "Schicht {number} von {count} bei z = {z} mm, einmal nach Bereich und einmal nach Laser "
        "eingefärbt: Füllvektoren {hatch}, Konturvektoren {contour}. {lasers}",
        "layer_alt_lost": "{area} mm² der Schicht werden nicht belichtet.",
        "layer_alt_empty": "Schicht {number} von {count} bei z = {z} mm: die leere Platte, "
        "nichts wird belichtet.",
        "layer_alt_lasers": "Die Belichtung dauert {time}: {each}.",
        "laser_each": "Laser {number} arbeitet {time}",
        "time_alt": "Zeit je Schicht über der Bauhöhe, nach Ursache gestapelt: {time} für {layers}. "
        "{shares}. Die Schichtzeit reicht von {shortest} bis {longest}; die längste Schicht liegt bei "
        "z = {z} mm.",
        "time_alt_empty": "Zeit je Schicht: Der Auftrag hat keine Schichten.",
    },
    "cs": {
        "x_axis": "x v mm",
        "y_axis": "y v mm",
        "z_axis": "Výška z v mm",
        "time_axis": "Čas vrstvy v s",
        "laser_axis": "Na laser v s",
        "laser_axis_ms": "Na laser v ms",
        "gas_flow": "Proud plynu",
        "recoater": "Stěrka",
        "direction_unknown": "{name}: neznámo",
        "by_region": "barvy podle oblasti",
        "by_laser": "barvy podle laseru",
        "core": "Výplň (jádro)",
        "contour": "Kontura",
        "upskin": "Upskin (horní plocha)",
        "downskin": "Downskin (převis)",
        "edge": "Edge (tenká stěna)",
        "support": "Podpora",
        "lost": "Neosvíceno: {area} mm²",
        "plate_edge": "Okraj desky",
        "part_box": "Rozsah dílu",
        "overlap_zone": "Překryv polí",
        "field_border": "Hranice pole",
        "assumed": "{what} (předpoklad)",
        "fields_assumed": "pole předpokládaná",
        "laser_time": "Laser {number} · {time}",
        "layer_title": "Vrstva {number} z {count}: osvit {time}",
        "layer_title_empty": "Vrstva {number} z {count}: nic k osvitu",
        "layer_subtitle": "z = {z} mm · {vectors}",
        "vectors_none": "bez vektorů",
        "vectors_one": "1 vektor",
        "vectors_many": "vektorů: {count}",
        "no_vectors": "v této vrstvě nejsou vektory",
        "thinned_hatch": "kreslen každý {nth} vektor výplně",
        "thinned_contour": "kreslen každý {nth} vektor kontury",
        "uncalibrated": "nekalibrováno: hodnoty předpokládané",
        "stripes": "pruhy {width} mm",
        "chess": "ostrůvky {width} mm",
        "unidirectional": "jeden směr",
        "hexagon": "šestiúhelníky {width} mm",
        "concentric": "soustředně",
        "meander": "meandr",
        "thickness": "{value} µm",
        "imprint": "amprep {version} · úloha {job}",
        "time_title": "{time} · {layers}",
        "layers_none": "bez vrstev",
        "layers_one": "1 vrstva",
        "layers_many": "vrstev: {count}",
        "recoating": "Nanášení prášku",
        "exposure": "Osvit",
        "core_marking": "Osvit výplně",
        "contour_marking": "Osvit kontur",
        "motion": "Skoky, prodlevy",
        "waiting": "Čekání",
        "min_layer_time": "Minimum {time}",
        "share": "{percent} % {what}",
        "range_assumed": "{range}, s předpokládanými hodnotami",
        "range": "{range}",
        "before_after": "k tomu {time} před vrstvami a po nich",
        "longest_layer": "Nejdelší vrstvy",
        "binned": "průměr vždy z {count} vrstev",
        "binned_lasers": "lasery: průměr vždy z {count} vrstev",
        "range_to": "{low} až {high}",
        "layer_alt": "Vrstva {number} z {count} při z = {z} mm, jednou obarvená podle oblasti a jednou podle "
        "laseru: vektory výplně {hatch}, vektory kontury {contour}. {lasers}",
        "layer_alt_lost": "{area} mm² vrstvy se neosvítí.",
        "layer_alt_empty": "Vrstva {number} z {count} při z = {z} mm: prázdná deska, nic se neosvěcuje.",
        "layer_alt_lasers": "Osvit trvá {time}: {each}.",
        "laser_each": "laser {number} pracuje {time}",
        "time_alt": "Čas vrstvy podle výšky, složený podle příčin: {time}, {layers}. {shares}. Čas vrstvy je "
        "od {shortest} do {longest}; nejdelší vrstva je při z = {z} mm.",
        "time_alt_empty": "Čas vrstvy: úloha nemá vrstvy.",
    },
    "pl": {
        "x_axis": "x w mm",
        "y_axis": "y w mm",
        "z_axis": "Wysokość z w mm",
        "time_axis": "Czas warstwy w s",
        "laser_axis": "Na laser w s",
        "laser_axis_ms": "Na laser w ms",
        "gas_flow": "Przepływ gazu",
        "recoater": "Zgarniacz",
        "direction_unknown": "{name}: brak danych",
        "by_region": "kolory według obszaru",
        "by_laser": "kolory według lasera",
        "core": "Wypełnienie (rdzeń)",
        "contour": "Kontura",
        "upskin": "Upskin (górna powierzchnia)",
        "downskin": "Downskin (nawis)",
        "edge": "Edge (cienka ściana)",
        "support": "Podpora",
        "lost": "Nie naświetlono: {area} mm²",
        "plate_edge": "Krawędź platformy",
        "part_box": "Zasięg części",
        "overlap_zone": "Strefa nakładania",
        "field_border": "Granica pola",
        "assumed": "{what} (założenie)",
        "fields_assumed": "pola założone",
        "laser_time": "Laser {number} · {time}",
        "layer_title": "Warstwa {number} z {count}: naświetlanie {time}",
        "layer_title_empty": "Warstwa {number} z {count}: nic do naświetlenia",
        "layer_subtitle": "z = {z} mm · {vectors}",
        "vectors_none": "brak wektorów",
        "vectors_one": "1 wektor",
        "vectors_many": "wektorów: {count}",
        "no_vectors": "brak wektorów w tej warstwie",
        "thinned_hatch": "rysowany co {nth} wektor wypełnienia",
        "thinned_contour": "rysowany co {nth} wektor kontury",
        "uncalibrated": "nieskalibrowane: wartości założone",
        "stripes": "pasy {width} mm",
        "chess": "wyspy {width} mm",
        "unidirectional": "jeden kierunek",
        "hexagon": "sześciokąty {width} mm",
        "concentric": "współśrodkowo",
        "meander": "meander",
        "thickness": "{value} µm",
        "imprint": "amprep {version} · zadanie {job}",
        "time_title": "{time} · {layers}",
        "layers_none": "brak warstw",
        "layers_one": "1 warstwa",
        "layers_many": "warstw: {count}",
        "recoating": "Nanoszenie proszku",
        "exposure": "Naświetlanie",
        "core_marking": "Naśw. wypełnienia",
        "contour_marking": "Naświetlanie kontur",
        "motion": "Skoki, opóźnienia",
        "waiting": "Oczekiwanie",
        "min_layer_time": "Minimum {time}",
        "share": "{percent} % {what}",
        "range_assumed": "{range}, z wartościami założonymi",
        "range": "{range}",
        "before_after": "do tego {time} przed warstwami i po nich",
        "longest_layer": "Najdłuższe warstwy",
        "binned": "średnia z {count} warstw",
        "binned_lasers": "lasery: średnia z {count} warstw",
        "range_to": "{low} do {high}",
        "layer_alt": "Warstwa {number} z {count} przy z = {z} mm, raz w kolorach obszarów i raz w kolorach "
        "laserów: wektory wypełnienia {hatch}, wektory kontury {contour}. {lasers}",
        "layer_alt_lost": "{area} mm² warstwy nie zostanie naświetlone.",
        "layer_alt_empty": "Warstwa {number} z {count} przy z = {z} mm: pusta platforma, "
        "nic nie jest naświetlane.",
        "layer_alt_lasers": "Naświetlanie trwa {time}: {each}.",
        "laser_each": "laser {number} pracuje {time}",
        "time_alt": "Czas warstwy w funkcji wysokości, złożony według przyczyn: {time}, {layers}. {shares}. "
        "Czas warstwy wynosi od {shortest} do {longest}; najdłuższa warstwa leży przy z = {z} mm.",
        "time_alt_empty": "Czas warstwy: zadanie nie ma warstw.",
    },
}

LANGUAGES = tuple(TEXTS)


def text(lang: str, key: str, **values: str) -> str:
    """The words for `key` in the language `lang`, with `values` filled in.

    Raises
    ------
    UsageError
        E104, when there are no texts in this language.

    """
    return _of(TEXTS, lang)[key].format(**values)


def number_text(value: float, lang: str, decimals: int = 0) -> str:
    """`value` with a fixed number of decimals, a true minus sign and the language's marks."""
    decimal_mark, thousands_mark = _of(MARKS, lang)
    rounded = round(value, decimals) + 0.0  # turns -0.0 into 0.0
    grouping = "," if abs(rounded) >= GROUPED_FROM else ""
    digits = f"{abs(rounded):{grouping}.{decimals}f}"
    digits = digits.replace(",", "\0").replace(".", decimal_mark).replace("\0", thousands_mark)
    return f"−{digits}" if rounded < 0 else digits


def ordinal_text(number: int, lang: str) -> str:
    """``10th`` or ``10.``."""
    digits = number_text(number, lang)
    if lang != "en":
        return f"{digits}."
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return digits + ("th" if number % 100 in {11, 12, 13} else ending)


def duration_text(seconds: float, lang: str = "en") -> str:
    """A time as people say it: ``4 h 03 min``, ``12 min 05 s``, ``38 s``; ``3.2 s``, ``0.4 ms``."""
    sign = "−" if seconds < 0 else ""
    seconds = abs(seconds)
    whole = math.floor(seconds + 0.5)
    if whole >= 3600:
        minutes = math.floor(seconds / 60 + 0.5)
        return f"{sign}{number_text(minutes // 60, lang)} h {minutes % 60:02d} min"
    if whole >= 60:
        return f"{sign}{whole // 60} min {whole % 60:02d} s"
    if round(seconds, 1) >= 10 or seconds == 0:
        return f"{sign}{whole} s"
    if round(seconds, 1) >= 0.1:
        return f"{sign}{number_text(seconds, lang, 1)} s"
    return f"{sign}{number_text(1000 * seconds, lang, 1)} ms"


def seconds_text(seconds: float, lang: str) -> str:
    """Time of one layer: tenths of a second below a minute, otherwise as `duration_text`."""
    tenths = round(seconds, 1)
    if 0.1 <= tenths < 60 or seconds == 0:
        return f"{number_text(tenths, lang, 1)} s"
    return duration_text(seconds, lang)


def duration_range_text(low_s: float, high_s: float, lang: str) -> str:
    """Both ends of a range of times in s: ``3 h 40 min to 4 h 50 min``."""
    return text(lang, "range_to", low=duration_text(low_s, lang), high=duration_text(high_s, lang))


def _of(table: dict[str, _T], lang: str) -> _T:
    if lang not in table:
        raise UsageError(
            f'no pictures in the language "{lang}".{did_you_mean(lang, LANGUAGES)}',
            code="E104",
            fix="one of: " + ", ".join(LANGUAGES),
        )
    return table[lang]
