"""Words of the pictures that tell the lasers' work, in four languages."""

from __future__ import annotations

from amprep.errors import UsageError, did_you_mean

__all__ = ["LANGUAGES", "WORDS", "words"]

#: Key to words, with the same keys and the same places to fill in every language.
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "map_title": "Layer {number} of {count}: laser {laser} works longest, {time}",
        "gantt_title": "Layer {number} of {count}: {time} exposure, laser {laser} is slowest",
        "one_title": "Layer {number} of {count}: {time} exposure",
        "empty_title": "Layer {number} of {count}: nothing to expose",
        "working": "{working} of {lasers} lasers work",
        "used": "{percent} % busy on average",
        "bound_gap": "{percent} % above the bound",
        "areas": "Who exposes what",
        "key_plan": "Fields of the lasers",
        "key_plan_assumed": "Fields of the lasers (assumed)",
        "busy": "Working time",
        "section": "Section shown",
        "seam": "Seam",
        "hatch": "Hatch",
        "contour": "Contours",
        "jump": "Jumps, delays",
        "wait": "Waiting",
        "recoating": "Recoating {time}",
        "recoating_cut": "Recoating {time}, cut off",
        "minimum": "Minimum layer time",
        "bound": "Bound {time}",
        "time_axis": "Time from the start of the exposure in s",
        "slowest": "slowest",
        "lane": "Stripe below: part, name or number",
        "map_alt": "Layer {number} of {count}: areas by laser. {each}. Laser {laser} works longest.",
        "gantt_alt": "Layer {number} of {count}: what each laser does over the time. {each}. "
        "Laser {laser} is slowest, {time}.",
        "each_map": "laser {laser} {time}",
        "each_gantt": "laser {laser} {time}, {percent} % busy",
        "empty_alt": "Layer {number} of {count}: nothing is exposed.",
    },
    "de": {
        "map_title": "Schicht {number} von {count}: Laser {laser} arbeitet am längsten, {time}",
        "gantt_title": "Schicht {number} von {count}: {time} Belichtung, Laser {laser} am langsamsten",
        "one_title": "Schicht {number} von {count}: {time} Belichtung",
        "empty_title": "Schicht {number} von {count}: nichts zu belichten",
        "working": "{working} von {lasers} Lasern arbeiten",
        "used": "im Mittel {percent} % ausgelastet",
        "bound_gap": "{percent} % über der Schranke",
        "areas": "Wer belichtet was",
        "key_plan": "Felder der Laser",
        "key_plan_assumed": "Felder der Laser (angenommen)",
        "busy": "Arbeitszeit",
        "section": "Gezeigter Ausschnitt",
        "seam": "Naht",
        "hatch": "Füllung",
        "contour": "Konturen",
        "jump": "Sprünge, Verzögerungen",
        "wait": "Warten",
        "recoating": "Beschichten {time}",
        "recoating_cut": "Beschichten {time}, gekürzt",
        "minimum": "Mindestzeit der Schicht",
        "bound": "Schranke {time}",
        "time_axis": "Zeit ab Beginn der Belichtung in s",
        "slowest": "am langsamsten",
        "lane": "Streifen darunter: Teil, Name oder Nummer",
        "map_alt": "Schicht {number} von {count}: Flächen nach Laser. {each}. "
        "Laser {laser} arbeitet am längsten.",
        "gantt_alt": "Schicht {number} von {count}: was jeder Laser über der Zeit tut. {each}. "
        "Laser {laser} ist am langsamsten, {time}.",
        "each_map": "Laser {laser} {time}",
        "each_gantt": "Laser {laser} {time}, {percent} % ausgelastet",
        "empty_alt": "Schicht {number} von {count}: nichts wird belichtet.",
    },
    "cs": {
        "map_title": "Vrstva {number} z {count}: laser {laser} pracuje nejdéle, {time}",
        "gantt_title": "Vrstva {number} z {count}: osvit {time}, laser {laser} je nejpomalejší",
        "one_title": "Vrstva {number} z {count}: osvit {time}",
        "empty_title": "Vrstva {number} z {count}: nic k osvitu",
        "working": "pracujících laserů: {working} z {lasers}",
        "used": "průměrné využití {percent} %",
        "bound_gap": "{percent} % nad mezí",
        "areas": "Kdo osvěcuje co",
        "key_plan": "Pole laserů",
        "key_plan_assumed": "Pole laserů (předpoklad)",
        "busy": "Doba práce",
        "section": "Zobrazený výřez",
        "seam": "Šev",
        "hatch": "Výplň",
        "contour": "Kontury",
        "jump": "Skoky, prodlevy",
        "wait": "Čekání",
        "recoating": "Nanášení prášku {time}",
        "recoating_cut": "Nanášení prášku {time}, zkráceno",
        "minimum": "Nejkratší čas vrstvy",
        "bound": "Mez {time}",
        "time_axis": "Čas od začátku osvitu v s",
        "slowest": "nejpomalejší",
        "lane": "Proužek dole: díl, název nebo číslo",
        "map_alt": "Vrstva {number} z {count}: plochy podle laseru. {each}. Laser {laser} pracuje nejdéle.",
        "gantt_alt": "Vrstva {number} z {count}: co který laser dělá v čase. {each}. "
        "Laser {laser} je nejpomalejší, {time}.",
        "each_map": "laser {laser} {time}",
        "each_gantt": "laser {laser} {time}, využití {percent} %",
        "empty_alt": "Vrstva {number} z {count}: nic se neosvěcuje.",
    },
    "pl": {
        "map_title": "Warstwa {number} z {count}: laser {laser} pracuje najdłużej, {time}",
        "gantt_title": "Warstwa {number} z {count}: naświetlanie {time}, laser {laser} najwolniejszy",
        "one_title": "Warstwa {number} z {count}: naświetlanie {time}",
        "empty_title": "Warstwa {number} z {count}: nic do naświetlenia",
        "working": "pracujące lasery: {working} z {lasers}",
        "used": "średnie wykorzystanie {percent} %",
        "bound_gap": "{percent} % powyżej granicy",
        "areas": "Kto co naświetla",
        "key_plan": "Pola laserów",
        "key_plan_assumed": "Pola laserów (założenie)",
        "busy": "Czas pracy",
        "section": "Pokazany wycinek",
        "seam": "Szew",
        "hatch": "Wypełnienie",
        "contour": "Kontury",
        "jump": "Skoki, opóźnienia",
        "wait": "Oczekiwanie",
        "recoating": "Nanoszenie proszku {time}",
        "recoating_cut": "Nanoszenie proszku {time}, skrócone",
        "minimum": "Najkrótszy czas warstwy",
        "bound": "Granica {time}",
        "time_axis": "Czas od początku naświetlania w s",
        "slowest": "najwolniejszy",
        "lane": "Pasek poniżej: część, nazwa lub numer",
        "map_alt": "Warstwa {number} z {count}: pola według lasera. {each}. Laser {laser} pracuje najdłużej.",
        "gantt_alt": "Warstwa {number} z {count}: co każdy laser robi w czasie. {each}. "
        "Laser {laser} jest najwolniejszy, {time}.",
        "each_map": "laser {laser} {time}",
        "each_gantt": "laser {laser} {time}, wykorzystanie {percent} %",
        "empty_alt": "Warstwa {number} z {count}: nic nie jest naświetlane.",
    },
}

LANGUAGES = tuple(WORDS)


def words(lang: str, key: str, **values: str) -> str:
    """The words for `key` in the language `lang`, with `values` filled in.

    Raises
    ------
    UsageError
        E104, when there are no words in this language.

    """
    if lang not in WORDS:
        raise UsageError(
            f'no pictures in the language "{lang}".{did_you_mean(lang, LANGUAGES)}',
            code="E104",
            fix="one of: " + ", ".join(LANGUAGES),
        )
    return WORDS[lang][key].format(**values)
