"""Finds the sentences that errors, notices and findings are made of, in the source of amprep.

``python -m tests.languages.extraction`` brings ``en/messages.po`` up to date, and prints what
``de/messages.po`` lacks (ready to be filled in) and what nobody says any more.

A sentence is a literal or an f-string, and so is `a + b` of two of them. What is filled in is a place: the
name of the variable, attribute or function that gives it, with the format where the source has one. An
f-string that chooses between two literals is two sentences. Of packages that show words of their own
(pictures, viewer, ...) only what stands within an error or notice is taken, or in a function that makes one;
of all others every text that looks like words, but for `NOT_MESSAGES`.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import amprep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SOURCE = Path(amprep.__file__).parent

#: Of these only what stands within an error or notice is a message.
_OWN_WORDS = ("pictures/", "viewer/", "report/", "demonstrators/", "explanations/", "languages/", "glossary/")
_OWN_WORDS += ("cli/", "profiles/schema.py", "profiles/tables.py", "animation/", "scenes/", "workshop/")
_NO_MESSAGES = ("kernels/", "errors.py", "profiles/parameters.py", "model/exposure.py")
_NO_MESSAGES += (
    "output/job_toml.py",
    "calibration/writing.py",
    "benchmarking.py",
    "timeline/",
    "cli/schema.py",
)
_NO_MESSAGES += ("hatching/angles.py", "hatching/patterns.py", "model/arrays.py", "checking/sarif.py")
_NO_MESSAGES += ("checking/annotations.py", "languages/compiling.py", "__init__.py", "model/machine.py")
_NO_MESSAGES += ("model/skins.py", "report/page.py", "report/shown_pictures.py")

_MAKERS = re.compile(
    r"(?:[A-Z]\w*Error|Notice|Finding|NotExamined|_fault|_refuse\w*|fault|_damaged|_no_\w+|_hint\w*)$"
)
_PYTHON_ERRORS = ("ValueError", "TypeError", "KeyError", "OSError", "RuntimeError", "IndexError")
_PYTHON_ERRORS += ("AttributeError", "StopIteration", "ImportError", "LookupError")

#: Single words that fill places, which nothing tells from names, and what the system says.
_SHORT = (
    "was",
    "were",
    "encloses",
    "enclose",
    "machine",
    "material",
    "process",
    "gas",
    "powder",
    "parts",
    "rates",
    "job",
    "point",
    "comma",
    "none",
    "a number",
    "a table",
    "once",
    "hatch",
    "assumed",
    "recalled",
    "derived",
    "calibrated",
    "datasheet",
    "paper",
    "user",
    "secondary",
    "third party",
    "third party no address",
    "not found",
    "be greater than {number:g}",
    "be greater than or equal to {number:g}",
    "be less than {number:g}",
    "be less than or equal to {number:g}",
    "No such file or directory",
    "Permission denied",
    "Is a directory",
    "Not a directory",
    "File exists",
    "File name too long",
    "No space left on device",
    "Read-only file system",
    "Invalid argument",
    "Input/output error",
)

#: Sentences that only who calls the library wrongly meets, or that stand in pages and files.
_NEVER_SHOWN = (
    "range ",
    "width of the contour's track, twice its beam offset",
    "count of contours must be 0 to 255, is {count}",
    "distance of contours must be above 0 mm, is {distance_mm}",
    "tolerance of round corners must be above 0 mm, is {chord_mm}",
    'unknown {name} "{value}", known are {known}',
    "layer {index} of {layer_count}",
    "layer {index} of a stack of {self}",
    "{count} copies on a platform for {capacity}",
    "({value:g} + {value2:g}) × time_lag_s",
    "An hour of the machine, from inerting to the end of cooling.",
    "Powder used up; default: the price in the material's profile.",
    "Inert gas, by kind: `argon`, `nitrogen`.",
    "Electrical energy.",
    "An hour of labour: set-up, unpacking, finishing.",
    "Resurfacing and wear of the platform, per job.",
    "Labour before the job: data, platform, powder.",
    "The same, more for each part.",
    "Labour after unpacking: heat treatment, sawing.",
    "\\s*\\(at (?:line (\\d+), column \\d+|end of document)\\)",
    "must lie between {{low}} and {{high}}, is {{value}}",
    "Input should ",
    "corners: needs (3 T, 3) float32, has {shape} {dtype}",
    "corners: needs a C-contiguous array",
    "{core} vertex",
    "{core} triangle",
    "{core} vertices",
    "{core} triangles",
    "{core} object",
    "{slices} slicestackid",
    "{slices} meshresolution",
    "{production} path",
    "{relations} Relationship",
    "{name} needs a table, has {record}",
    "{name} · amprep",
)

#: Texts that look like messages and are none: names in files, types, addresses, notes of values.
NOT_MESSAGES = re.compile(
    r"""https?:|^\S+$|^[\w.]+ \| |^# |::|range assumed$|^(stored|from the) (vectors|figures|file)$"""
    r"""|^Sequence\[|^import |^\n|^ISO |http|^[\w/.-]+\{[^}]*\}[\w/.-]*$|^amprep \{__version__\}|<\w+ xmlns"""
    r"""|\\[SdswZ]|\(\?"""
)


def templates() -> dict[str, str]:
    """Every sentence with the place in the source where it is first said."""
    found = dict.fromkeys(_SHORT, "several modules")
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name.startswith(_NO_MESSAGES):
            continue
        tree = ast.parse(path.read_text("utf-8"))
        nodes: Iterable[ast.AST] = [tree]
        if name.startswith(_OWN_WORDS):
            nodes = _makers(tree)
        for node in nodes:
            for text in _texts(node, loose=node is not tree):
                if text not in _NEVER_SHOWN:
                    found.setdefault(text, f"{name}")
    return found


def _makers(tree: ast.AST) -> Iterator[ast.AST]:
    """Calls that make an error, a notice or a finding, and what functions that raise them prepare."""
    for node in ast.walk(tree):
        if _is_maker(node):
            yield node
        if isinstance(node, ast.FunctionDef) and any(map(_is_maker, ast.walk(node))):
            yield from (
                one.value for one in ast.walk(node) if isinstance(one, ast.Assign | ast.Return) and one.value
            )


def _is_maker(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.Raise)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return bool(_MAKERS.match(name)) and name not in _PYTHON_ERRORS


def _texts(tree: ast.AST, *, loose: bool) -> Iterator[str]:
    inner: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inner.add(id(node.value))  # docstrings
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            inner.update(id(one) for one in ast.walk(node.annotation))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in {
            "cast", "say", "many", "compile", "figure", "words", "TypeVar", "Typer", "Option", "Argument",
        }:  # fmt: skip
            inner.update(id(one) for one in ast.walk(node))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "counted":
            nouns = [one.value for one in node.args if isinstance(one, ast.Constant)]
            inner.update(id(one) for one in node.args)
            if nouns and isinstance(nouns[0], str):
                yield "{number} " + nouns[0]
                yield "{number} " + (nouns[1] if len(nouns) > 1 else nouns[0] + "s")
        if id(node) in inner:
            continue
        if isinstance(node, ast.JoinedStr | ast.BinOp) or _is_text(node):
            parts = _parts(node)
            if parts is None:
                continue
            inner.update(id(one) for one in _literals(node))
            for text in parts:
                if _is_message(text, loose=loose):
                    yield text


def _literals(node: ast.AST) -> Iterator[ast.AST]:
    """The literals that a sentence consists of, but not those within what is filled in."""
    if isinstance(node, ast.BinOp):
        for side in (node.left, node.right):
            if isinstance(side, ast.JoinedStr | ast.BinOp) or _is_text(side):
                yield side
                yield from _literals(side)
    elif isinstance(node, ast.JoinedStr):
        for value in node.values:
            yield value
            if isinstance(value, ast.FormattedValue) and _choices(value.value) is not None:
                yield from ast.walk(value.value)
            if isinstance(value, ast.FormattedValue) and value.format_spec is not None:
                yield from ast.walk(value.format_spec)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _parts(node: ast.AST) -> list[str] | None:
    """The sentences that an expression can be, with places; None where it is no text."""
    pieces = _pieces(node)
    if pieces is None:
        return None
    sentences = []
    for chosen in itertools.product(*pieces):
        names: dict[str, int] = {}
        text = ""
        for piece in chosen:
            if isinstance(piece, str):
                text += piece.replace("{", "{{").replace("}", "}}")
                continue
            name, form = piece
            names[name] = names.get(name, 0) + 1
            number = "" if names[name] == 1 else str(names[name])
            text += "{" + name + number + (":" + form if form else "") + "}"
        sentences.append(text)
    return sentences


def _pieces(node: ast.AST) -> list[list[str | tuple[str, str]]] | None:
    """Alternatives for each piece: a literal, or name and format of a place."""
    if _is_text(node):
        return [[node.value]]  # type: ignore[attr-defined]
    if isinstance(node, ast.BinOp):
        if not isinstance(node.op, ast.Add):
            return None
        sides = [_pieces(side) or [[(_name(side), "")]] for side in (node.left, node.right)]
        is_text = [_pieces(side) is not None for side in (node.left, node.right)]
        return sides[0] + sides[1] if any(is_text) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    pieces: list[list[str | tuple[str, str]]] = []
    for value in node.values:
        if isinstance(value, ast.Constant):
            pieces.append([value.value])
        elif isinstance(value, ast.FormattedValue):
            choices = _choices(value.value)
            form = "" if value.format_spec is None else _form(value.format_spec)
            pieces.append([*choices] if choices else [(_name(value.value), form)])
    return pieces


def _choices(node: ast.AST) -> list[str] | None:
    """The two literals of ``"" if n == 1 else "s"``."""
    if isinstance(node, ast.IfExp) and _is_text(node.body) and _is_text(node.orelse):
        return [node.body.value, node.orelse.value]  # type: ignore[attr-defined]
    return None


def _form(spec: ast.AST) -> str:
    return "".join(
        str(one.value) if isinstance(one, ast.Constant) else ".3f" for one in getattr(spec, "values", [])
    )


#: Functions whose argument says what it is.
_THE_SAME = {"len", "str", "join", "printable", "as_posix", "float", "int", "replace", "as_argument"}


def _name(node: ast.AST) -> str:
    """A word for what is filled in: the last name of the expression that gives it."""
    if isinstance(node, ast.Name):
        return node.id.strip("_").lower()
    if isinstance(node, ast.Attribute):
        return node.attr.strip("_").lower()
    if isinstance(node, ast.Subscript):
        return _name(node.value)
    if isinstance(node, ast.Call):
        name = _name(node.func)
        if name in _THE_SAME and node.args:
            return _name(node.args[-1] if name != "replace" else node.func)
        return name
    if isinstance(node, ast.BinOp):
        return _name(node.left) if not isinstance(node.left, ast.Constant) else _name(node.right)
    if isinstance(node, ast.IfExp):
        return _name(node.body) if not isinstance(node.body, ast.Constant) else _name(node.orelse)
    if isinstance(node, ast.GeneratorExp | ast.ListComp):
        return _name(node.elt)
    return "what"


def _is_message(text: str, *, loose: bool) -> bool:
    literal = re.sub(r"\{[^}]*\}", "\0", text)
    if not re.search(r"[A-Za-z]{2,}", literal) or NOT_MESSAGES.search(text):
        return False
    words = re.findall(r"[A-Za-z][A-Za-z'-]+", literal)
    return " " in literal and (len(words) >= (1 if loose else 2) or "\0" in literal)


def _catalogue(path: Path) -> dict[str, str]:
    from amprep.languages.compiling import entries

    if not path.exists():
        return {}
    return {keys[0]: texts[0] for keys, texts in entries(path.read_text("utf-8")) if keys[0]}


def po_text(lang: str, pairs: Iterable[tuple[str, str]]) -> str:
    """A catalogue of messages."""
    head = (
        "# Sentences of errors, notices and findings; the key is the sentence as the source has it.\n"
        "# The English side is written by: python -m tests.languages.extraction\n"
        'msgid ""\nmsgstr ""\n'
        f'"Language: {lang}\\n"\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
    )
    quoted = [
        (json.dumps(key, ensure_ascii=False), json.dumps(text, ensure_ascii=False)) for key, text in pairs
    ]
    return head + "".join(f"\nmsgid {key}\nmsgstr {text}\n" for key, text in quoted)


if __name__ == "__main__":
    folder = SOURCE / "languages"
    said = templates()
    (folder / "en/messages.po").write_text(po_text("en", ((text, text) for text in said)), encoding="utf-8")
    german = _catalogue(folder / "de/messages.po")
    print(po_text("de", ((text, "") for text in said if text not in german)))
    print("\n".join(f"# nobody says: {text}" for text in german if text not in said))
