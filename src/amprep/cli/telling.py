"""Errors, notices and findings in the language of the terminal; the library says them in English."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from amprep.cli.guard import JOB_FILES_ALONE
from amprep.cli.words import say
from amprep.languages import terminal_language

if TYPE_CHECKING:
    from amprep.checking.finding import Finding
    from amprep.errors import AmprepError
    from amprep.model.notice import Notice

__all__ = ["Told", "error_text", "finding_in_words", "in_words", "sentence"]


#: Options that advice may name, what may follow them, and the keys of a job file that say the same.
_KEYS = {
    "unit": (r"[a-z|]+", "unit"),
    "machine": (r"[\w-][\w.-]*", "machine"),
    "material": (r"[\w.-]+\.toml", "material"),
    "process": (r"[\w.-]+\.toml", "process"),
    "layer-thickness": (r"[\d.]+", "layer_thickness_mm"),
}
_OPTION = re.compile("|".join(f"--{name}(?: ({value}))?" for name, (value, _) in _KEYS.items()))
_SET = re.compile(r",? (?:with|mit) --set,")


class Told(str):
    """A text that is in the language of the terminal already."""

    __slots__ = ()


def sentence(text: str) -> str:
    """A text of the library in the language of the terminal; as it is, where that has no words for it."""
    if terminal_language() == "en":
        return text
    translated = _translated([text])
    return text if translated is None else translated[0]


def error_text(error: AmprepError) -> str:
    """An error as lines; wholly in the terminal's language, or wholly in English under the code's title."""
    if terminal_language() == "en":
        return str(_with_fix(error, _as_keys(error.fix)))
    translated = _translated([error.what, error.fix, *error.faults])
    if translated is None:
        return f"{_title(error.code)}\n{error}"
    what, fix, *faults = translated
    # Only what the system or another library says has no translation.
    whys = _translated([error.why])
    why = say("system_says", message=error.why) if whys is None else whys[0]
    told = type(error)(
        what, code=error.code, where=_place(error.where), why=why, fix=_as_keys(fix), faults=faults
    )
    return told.as_text(head=say("severity_error"), fix=say("fix_word"))


def _with_fix(error: AmprepError, fix: str) -> AmprepError:
    return type(error)(
        error.what, code=error.code, where=error.where, why=error.why, fix=fix, faults=error.faults
    )


def in_words(notice: Notice) -> Notice:
    """The notice in the language of the terminal."""
    if terminal_language() == "en":
        return replace(notice, hint=_as_keys(notice.hint))
    translated = _translated([notice.text, notice.hint])
    if translated is None:
        return replace(notice, text=f"{_title(notice.code)} ({notice.text})")
    text, hint = translated
    return replace(notice, where=_place(notice.where), text=text, hint=_as_keys(hint))


def finding_in_words(finding: Finding) -> Finding:
    """The finding in the language of the terminal."""
    if terminal_language() == "en":
        return finding
    translated = _translated([finding.text, finding.why, finding.fix])
    if translated is None:
        return replace(finding, text=f"{_title(finding.code)} ({finding.text})")
    text, why, fix = translated
    return replace(finding, text=text, why=why, fix=fix)


def _as_keys(advice: str) -> str:
    """Advice with keys of a job file in place of options that the command does not have."""
    if not JOB_FILES_ALONE.get() or "amprep " in advice:
        return advice

    def key(match: re.Match[str]) -> str:
        words = match.group().split(maxsplit=1)
        key = _KEYS[words[0].removeprefix("--")][1]
        if len(words) == 1:
            return key
        return f"{key} = {words[1]}" if "|" in words[1] else f'{key} = "{words[1]}"'

    return _OPTION.sub(key, _SET.sub("", advice))


def _translated(texts: list[str]) -> list[str] | None:
    """All of the texts, or nothing: no half sentences."""
    from amprep.languages.messages import translated_message

    lang = terminal_language()
    translated = [text if isinstance(text, Told) else translated_message(text, lang) for text in texts]
    return None if any(text is None for text in translated) else [text or "" for text in translated]


def _place(where: str) -> str:
    from amprep.languages.messages import translated_value

    return translated_value(where, terminal_language()) if where else ""


def _title(code: str) -> str:
    """What the code stands for, in the language of the terminal."""
    from amprep.explanations import explanation

    return explanation(code, language=terminal_language()).title
