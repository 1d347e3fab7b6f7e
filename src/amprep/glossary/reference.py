"""The glossary as Markdown, a page of the manual."""

from __future__ import annotations

import re

from amprep.glossary.terms import LEVELS, THEMES, Term, all_terms, term_named
from amprep.languages import LANGUAGES, words_of

__all__ = ["glossary_reference", "standard_word"]

_HEAD = """# Glossary

The terms of metal powder bed fusion as amprep uses them. `amprep explain hatch` shows one of them in your
language, found by any of its words in any of four languages; `amprep explain -o glossary.html` writes all of
them as one page with a switch of languages and levels. How: [explain terms](../how-to/explain-terms.md).

Each term has three texts: in short, in the workshop, exactly. The word of filament printing (FFF) names what
comes nearest, not what is the same. Terms of ISO/ASTM 52900 that are *recalled* were not looked up in the
standard. This page is made from the program: `amprep schema glossary > docs/reference/glossary.md`.
"""


def glossary_reference(lang: str = "en") -> str:
    """All terms by theme with their titles in every language, texts, settings and commands, as Markdown."""
    say = words_of("explain", lang)
    lines = [_HEAD]
    for theme in THEMES:
        lines += [f"## {say(f'theme.{theme}')}", ""]
        for term in all_terms():
            if term.theme == theme:
                lines += [*_term_lines(term, lang), ""]
    return "\n".join(lines)


def _term_lines(term: Term, lang: str) -> list[str]:
    say = words_of("explain", lang)
    others = " · ".join(f"{other} {term.title(other)}" for other in LANGUAGES if other != lang)
    named = [", ".join(term.other_words(lang))]
    if term.filament_word(lang):
        named.append(f"{say('filament').lower()}: {term.filament_word(lang)}")
    lines = [f"### {term.title(lang)}", "", f"{others}<br>", "; ".join(named), ""]
    for level in LEVELS:
        lines += [f"- **{say(f'head.{level}')}.** {term.text(lang, level)}"]
    facts = [
        (say("settings"), ", ".join(f"`{one}`" for one in term.settings)),
        (say("profile"), ", ".join(f"`{one}`" for one in term.profile)),
        (say("commands"), ", ".join(f"`amprep {one}`" for one in term.commands)),
        (say("standard"), standard_word(term, lang)),
        (say("related"), ", ".join(_link(term_named(key).title(lang)) for key in term.related)),
    ]
    return [*lines, *(f"- *{head}:* {text}" for head, text in facts if text)]


def _link(title: str) -> str:
    """A link to the heading of a term, as pages of Markdown name headings."""
    kept = re.sub(r"[^\w\s-]", "", title.lower())
    return f"[{title}](#{kept.replace(' ', '-')})"


def standard_word(term: Term, lang: str) -> str:
    """What ISO/ASTM 52900 calls it, marked where that was not looked up; may be empty."""
    if term.standard_recalled:
        return words_of("explain", lang)("recalled", term=term.standard_recalled)
    return term.standard
