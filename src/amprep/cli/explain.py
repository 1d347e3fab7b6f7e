"""``amprep explain``: a term of the glossary, the page of a code, or the list of both."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import typer

from amprep.cli.words import say
from amprep.errors import CODES, OutputError, UsageError, as_argument, printable
from amprep.explanations import LANGUAGES as LANGUAGES_OF_CODES
from amprep.explanations import code_title, explanation
from amprep.glossary import LEVELS, THEMES, Term, all_terms, find_term, term_named
from amprep.glossary.page import checked_level, glossary_page
from amprep.glossary.reference import standard_word
from amprep.languages import LANGUAGES, checked_language, surrounding_language, words_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["explain", "write_page"]

_WIDTH = 88
_SHORTEST_COLUMN = 12


def explain(word: str, *, level: str | None, lang: str | None, run: Path | None, as_json: bool) -> None:
    """Print a term, the page of a code, or all of them.

    Parameters
    ----------
    word : str
        A term in any language, or a code; empty for the list.
    level : str or None
        One of `amprep.glossary.LEVELS`; None for all of them.
    lang : str or None
        Language; None for that of the surroundings.
    run : Path or None
        A job folder to take figures from.
    as_json : bool
        Print one JSON document.

    """
    chosen = checked_language(lang or surrounding_language())
    levels = LEVELS if level is None else (checked_level(level),)
    if not word:
        _list(chosen, as_json=as_json)
    elif re.fullmatch(r"[a-z]\d{3}", word.strip(), re.IGNORECASE):
        _tell_code(word, chosen, as_json=as_json)
    else:
        term = find_term(word, lang=chosen)
        own = _own(term, run, chosen)
        if as_json:
            _print_json(_document(term, chosen, levels, own))
        else:
            typer.echo("\n".join(_lines(term, chosen, levels, own)))


def write_page(
    output: Path,
    term: list[str] | None,
    *,
    level: str | None,
    lang: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write the whole glossary as one HTML page.

    Raises
    ------
    UsageError
        E104, when a term is named or the file is to be of another kind.
    OutputError
        E501 when the file exists and may not be replaced, E502 when it cannot be written.

    """
    from amprep.output.atomic import atomic_file

    if term:
        raise UsageError(
            "a file holds the whole glossary, not one term",
            code="E104",
            where="--output",
            fix=f"amprep explain -o {as_argument(output)}",
        )
    if output.suffix.lower() not in {".html", ".htm"}:
        raise UsageError(
            "the glossary is written as .html", code="E104", where=str(output), fix="-o glossary.html"
        )
    page = glossary_page(lang or surrounding_language(), level=level or "pupil")
    if output.exists() and not force:
        raise OutputError("the file exists", code="E501", where=str(output), fix="add --force to replace it")
    with atomic_file(output, "w") as stream:
        stream.write(page)
    if as_json:
        _print_json({"schema": "amprep.glossary/1", "ok": True, "output": str(output)})
    else:
        typer.echo(say("wrote", path=printable(output.as_posix())))


def _own(term: Term, run: Path | None, lang: str) -> list[str] | None:
    """What the term means in a job; empty where it has no figure, None where no job is named."""
    if run is None:
        return None
    from amprep.report.term_figures import term_figures
    from amprep.runs import open_run

    return [line.in_language(lang) for line in term_figures(term, open_run(run))]


def _lines(term: Term, lang: str, levels: tuple[str, ...], own: list[str] | None) -> list[str]:
    in_words = words_of("explain", lang)
    others = " · ".join(f"{other} {term.title(other)}" for other in LANGUAGES if other != lang)
    lines = [term.title(lang), *_wrapped(others, "")]
    if term.filament_word(lang):
        lines += _wrapped(f"{in_words('filament')}: {term.filament_word(lang)}", "")
    for level in levels:
        lines += ["", in_words(f"head.{level}"), *_wrapped(term.text(lang, level), "  ")]
    if own is not None:
        lines += ["", in_words("head.job")]
        for line in own or [in_words("no_figures")]:
            lines += _wrapped(line, "  ")
    return [*lines, "", *_facts(term, lang, levels)]


def _facts(term: Term, lang: str, levels: tuple[str, ...]) -> list[str]:
    """What belongs to the term, in two columns; settings and standard not for pupils."""
    in_words = words_of("explain", lang)
    facts = [(in_words("other_words"), ", ".join(term.other_words(lang)))]
    if levels != ("pupil",):
        facts += [
            (in_words("settings"), ", ".join(term.settings)),
            (in_words("profile"), ", ".join(term.profile)),
            (in_words("commands"), ", ".join(f"amprep {command}" for command in term.commands)),
            (in_words("standard"), standard_word(term, lang)),
        ]
    facts.append((in_words("related"), ", ".join(term_named(key).title(lang) for key in term.related)))
    shown = [fact for fact in facts if fact[1]]
    width = max(_SHORTEST_COLUMN, *(len(head) for head, _ in shown)) + 2
    lines = []
    for head, text in shown:
        lines += textwrap.wrap(
            text,
            _WIDTH,
            initial_indent=head.ljust(width),
            subsequent_indent=" " * width,
            break_on_hyphens=False,
        )
    return lines


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _document(term: Term, lang: str, levels: tuple[str, ...], own: list[str] | None) -> dict[str, Any]:
    document: dict[str, Any] = {
        "schema": "amprep.term/1",
        "term": term.key,
        "language": lang,
        "title": term.title(lang),
        "titles": term.titles(),
        "other_words": term.other_words(lang),
        "filament_word": term.filament_word(lang) or None,
        "theme": term.theme,
        "texts": {level: term.text(lang, level) for level in levels},
        "related": [{"term": key, "title": term_named(key).title(lang)} for key in term.related],
        "settings": term.settings,
        "machine_profile": term.profile,
        "commands": term.commands,
        "standard": term.standard or term.standard_recalled or None,
        "standard_is_recalled": bool(term.standard_recalled),
    }
    if own is not None:
        document["in_this_job"] = "\n".join(own) or None
    return document


def _tell_code(code: str, lang: str, *, as_json: bool) -> None:
    of_page = lang if lang in LANGUAGES_OF_CODES else "en"
    page = explanation(code, language=of_page)
    if as_json:
        _print_json(
            {
                "schema": "amprep.explanation/1",
                "code": page.code,
                "language": page.language,
                "title": code_title(page.code, language=lang),
                "means": page.means,
                "matters": page.matters,
                "fix": page.fix,
            }
        )
        return
    in_words = words_of("explain", lang)
    lines = [f"{page.code}  {code_title(page.code, language=lang)}"]
    if of_page != lang:
        lines += _wrapped(in_words("codes_english"), "")
    for head, text in (("means", page.means), ("matters", page.matters), ("fix", page.fix)):
        lines += ["", in_words(head), *_wrapped(text, "  ")]
    typer.echo("\n".join(lines))


def _list(lang: str, *, as_json: bool) -> None:
    titles = {code: code_title(code, language=lang) for code in CODES}
    ordered = sorted(titles, key=lambda code: code[1:])
    if as_json:
        _print_json(
            {
                "schema": "amprep.codes/1",
                "language": lang,
                "terms": [
                    {"term": term.key, "title": term.title(lang), "theme": term.theme} for term in all_terms()
                ],
                "codes": [{"code": code, "title": titles[code]} for code in ordered],
            }
        )
        return
    in_words = words_of("explain", lang)
    lines = []
    for theme in THEMES:
        titles_of_theme = " · ".join(term.title(lang) for term in all_terms() if term.theme == theme)
        lines += [in_words(f"theme.{theme}"), *_wrapped(titles_of_theme, "  "), ""]
    lines.append(in_words("codes"))
    if lang not in LANGUAGES_OF_CODES:
        lines += _wrapped(in_words("codes_english"), "")
    typer.echo(
        "\n".join([*lines, *(f"{code}  {titles[code]}" for code in ordered), "", in_words("one_of_them")])
    )


def _print_json(document: dict[str, Any]) -> None:
    import json

    typer.echo(json.dumps(document, indent=1, ensure_ascii=False))
