"""``amprep explain``: the page of a code, or the list of all."""

from __future__ import annotations

import textwrap

import typer

from amprep.errors import CODES
from amprep.explanations import explanation
from amprep.languages import terminal_language

__all__ = ["explain"]

_HEADS = {
    "en": ("What it means", "Why it matters", "What to do"),
    "de": ("Was es bedeutet", "Warum es wichtig ist", "Was zu tun ist"),
}
_MORE = {"en": "One of them: amprep explain E203", "de": "Einer davon: amprep explain E203 --lang de"}
_WIDTH = 88


def explain(code: str | None, *, language: str | None, as_json: bool) -> None:
    """Print the page of `code`, or all codes with their titles."""
    chosen = language or terminal_language()
    if code is None:
        _list(chosen, as_json=as_json)
        return
    page = explanation(code, language=chosen)
    if as_json:
        import json

        document = {
            "schema": "amprep.explanation/1",
            "code": page.code,
            "language": page.language,
            "title": page.title,
            "means": page.means,
            "matters": page.matters,
            "fix": page.fix,
        }
        typer.echo(json.dumps(document, indent=1, ensure_ascii=False))
        return
    lines = [f"{page.code}  {page.title}"]
    for head, text in zip(_HEADS[chosen], (page.means, page.matters, page.fix), strict=True):
        lines += ["", head, *textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")]
    typer.echo("\n".join(lines))


def _list(language: str, *, as_json: bool) -> None:
    titles = {code: explanation(code, language=language).title for code in CODES}
    ordered = sorted(titles, key=lambda code: code[1:])
    if as_json:
        import json

        codes = [{"code": code, "title": titles[code]} for code in ordered]
        typer.echo(
            json.dumps({"schema": "amprep.codes/1", "language": language, "codes": codes}, ensure_ascii=False)
        )
        return
    typer.echo("\n".join([*(f"{code}  {titles[code]}" for code in ordered), "", _MORE[language]]))
