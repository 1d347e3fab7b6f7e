"""The glossary: terms of metal powder bed fusion as used here, in four languages, for three levels.

What a term belongs to stands in ``terms.toml``: its theme, related terms, settings, fields of machine
profiles and commands. Its words stand in the catalogue ``glossary`` of `amprep.languages`: title, other
words, the word that filament printing (FFF) has for it, a text for each level, and for some a sentence on a
job of one's own.
"""

from __future__ import annotations

from amprep.glossary.finding import find_term
from amprep.glossary.own_job import own_job_text
from amprep.glossary.page import glossary_page
from amprep.glossary.reference import glossary_reference
from amprep.glossary.terms import LEVELS, THEMES, Term, all_terms, term_named

__all__ = [
    "LEVELS",
    "THEMES",
    "Term",
    "all_terms",
    "find_term",
    "glossary_page",
    "glossary_reference",
    "own_job_text",
    "term_named",
]
