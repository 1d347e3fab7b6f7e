"""The error tree: what went wrong, where, why it matters, how to fix it, and the exit status.

::

    AmprepError                 exit status
    ├── UsageError         E1xx      2       a name, an option or a unit is wrong
    ├── MeshError          E2xx      3       a mesh file cannot be read or is no valid body
    ├── FileContentError   E3xx      3       a job or profile file is wrong
    ├── BuildError         E4xx      4       the job cannot be built on this machine
    ├── OutputError        E5xx      5       the result cannot be written
    └── InternalError      E7xx     70       a fault of amprep itself

Warnings share the numbering and start with W; no number is used twice, be it with E or with W.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CODES",
    "AmprepError",
    "BuildError",
    "FileContentError",
    "InternalError",
    "MeshError",
    "OutputError",
    "UsageError",
    "as_argument",
    "did_you_mean",
    "plain_numbers",
    "printable",
    "without_exponent",
    "without_minus_zero",
]

#: Every code with one line that says what it stands for.
CODES: dict[str, str] = {
    "E101": "unknown machine",
    "E102": "unknown material",
    "E103": "no process for this machine, material and layer thickness",
    "E104": "an option's value is not understood",
    "E105": "no part given",
    "E106": "this process does not belong to this machine or material",
    "E152": "the text cannot become a name tag",
    "E116": "a job has no picture of this kind",
    "E119": "a video needs ffmpeg",
    "W110": "the size suggests another unit",
    "E201": "the file is not there or is not a file",
    "E202": "the file is empty or of no format that is read",
    "E203": "the mesh is open",
    "E204": "the mesh has no triangle that can be used",
    "E205": "a coordinate is absurdly large",
    "E206": "a number cannot be read",
    "E207": "the file is damaged",
    "E208": "triangles of the mesh point in different directions",
    "E209": "the mesh encloses no volume",
    "W210": "triangles were dropped",
    "W211": "triangles were turned round",
    "W212": "part of the cross-section is too thin or too pointed for the beam",
    "W213": "edges are shared by more than two triangles",
    "W214": "bodies of one part overlap and were merged",
    "W215": "the file was damaged at its end, or its counter is wrong",
    "W217": "corners that rounding had torn apart were welded",
    "W218": "the part fits only if an unconfirmed value holds",
    "W219": "the layers do not add up to the mesh's volume",
    "W220": "the unit that was given is not the file's own",
    "W221": "something in the file is not read",
    "E222": "the file requires an extension that is not known",
    "E223": "the file unpacks to too much",
    "E224": "the file holds a DTD",
    "E225": "the file does not hold one part, but none or several",
    "E226": "the file holds only what is not read",
    "E227": "a face names a vertex that is not there",
    "E228": "the objects of a 3MF contradict each other",
    "E229": "an extra is not installed",
    "W232": "polygons are not flat",
    "W240": "a corner lies on the inside of an open edge (T-junction)",
    "W241": "a body or void is too small to be meant (dust)",
    "W242": "the surface cuts through itself",
    "W243": "a closed void keeps its powder",
    "W244": "an island begins in powder",
    "W245": "a surface hangs over more flatly than the material holds",
    "W246": "a wall is thinner than the process can build",
    "W247": "a gap is narrower than the process can keep open",
    "W248": "a body lies within another's material",
    "W249": "a body lies loose in a closed void",
    "W250": "triangles have no area",
    "W251": "bodies lie flat on each other",
    "W270": "cracks within the tolerance were closed",
    "W271": "triangles that pointed against the rest of their shell were turned",
    "W272": "holes were filled, as asked for",
    "E273": "the mesh needs repairs, and --strict allows none",
    "W274": "a cavity sticks out of its body",
    "W275": "what fills a hole passes through the mesh, or encloses nothing",
    "E276": "several files cannot be used as parts",
    "E301": "a job, profile or benchmark file has faults",
    "E302": "a job, profile or benchmark file cannot be read",
    "W303": "a part's file changed since the job was written",
    "E304": "exposure values contradict each other or the machine",
    "E305": "the rules for layers make too many sets of parameters",
    "W306": "the hatch ends outside of the innermost contour",
    "W307": "scan directions lie too close to the gas flow and were moved",
    "W308": "a rule for layers holds in no layer",
    "W309": "the seam between a skin and the core may stay open",
    "W310": "an exposure is unlike all known ones",
    "W311": "much of the area is exposed many times",
    "W312": "z-compensation leaves out more than a melt pool fills",
    "W313": "values of profiles changed since the job was written",
    "W314": "z-compensation leaves out nothing on steeper slopes",
    "W315": "a rule is for supports, and the job has none",
    "E364": "the rates leave out what the job needs",
    "E382": "a log of measured times is no table that can be read",
    "E383": "a log lacks a column or a unit",
    "E384": "rows of a log have faults",
    "E385": "a log has too few rows",
    "E386": "a job folder that a log names cannot be used",
    "E387": "a log does not determine what is to be fitted",
    "E401": "the part does not fit the machine",
    "E402": "parts overlap",
    "E403": "no layer meets the part",
    "E404": "no laser reaches a place on the platform",
    "W406": "the part floats above the platform",
    "W405": "the part lies close to the edge of the platform",
    "E407": "layer thickness not allowed",
    "W409": "parts stand so close that they may be melted together",
    "W410": "the support touches no part",
    "E408": "nothing of the part would be exposed",
    "W464": "the powder supply must be filled again during the job",
    "W465": "layers get less powder than they take",
    "W466": "a row of the rates names what is not known, and is not used",
    "W467": "another machine's process was taken, or the parts were moved to its platform",
    "W468": "the estimate without hatching is far off",
    "E490": "no laser reaches a part",
    "W491": "the lasers' fields serve the parts badly",
    "E501": "the output exists",
    "E519": "the video encoder failed",
    "E502": "the output cannot be written",
    "E503": "the existing folder is not a job of amprep",
    "E504": "the output folder holds a file that the job reads",
    "E553": "the existing folder is not a kit of amprep",
    "E701": "a fault of amprep itself",
    "E702": "a process of amprep ended by force",
}


#: Not within names, quotes, or a longer number, whose decimal mark may be a comma.
_MINUS_ZERO = re.compile(r"(?<![\w.\"'/=-])-(0(?:[.,]0+)?)(?![\w.]*[\w]|,\d)")
#: From 1e15 on most digits would be made up, and a size of 1e30 mm, as of a damaged file, is easier to read.
_WITH_EXPONENT = re.compile(r"(?<![\w.\"'/=])\d(?:\.\d+)?e\+(?:0\d|1[0-4])(?![\w\"']|\.\w)")


class AmprepError(Exception):
    """Base of all errors that amprep raises on purpose.

    Parameters
    ----------
    what : str
        What is wrong, in one sentence without a full stop.
    code : str
        A key of `CODES`.
    where : str
        File, file and line, or option concerned; may be empty.
    why : str
        Why it matters, or more detail; may be empty.
    fix : str
        What to do, preferably a command that can be pasted; may be empty.
    faults : sequence of str
        All faults of an input, when there is more than one.

    """

    exit_status = 70

    def __init__(
        self,
        what: str,
        *,
        code: str,
        where: str = "",
        why: str = "",
        fix: str = "",
        faults: Sequence[str] = (),
    ) -> None:
        super().__init__(what)
        self.what = plain_numbers(what)
        self.code = code
        self.where = where
        self.why = plain_numbers(why)
        self.fix = fix
        self.faults = tuple(without_exponent(fault) for fault in faults)

    def __str__(self) -> str:
        return self.as_text()

    def as_text(self, *, head: str = "error", fix: str = "fix") -> str:
        """The error as lines; `head` and `fix` are the words before code and remedy."""
        place = f"{self.where}: " if self.where else ""
        head = f"{head}[{self.code}] {place}{self.what}"
        rest = [f"  {fault}" for fault in self.faults]
        if self.why:
            rest.append(f"  {self.why}")
        if self.fix:
            rest.append(f"  {fix}: {self.fix}")
        # The head may hold a file's name, so it stays one line; the rest may be several.
        lines = [head, *(line for text in rest for line in text.split("\n"))]
        return "\n".join(printable(line) for line in lines)

    def __reduce__(self) -> tuple[object, ...]:
        details = {name: getattr(self, name) for name in ("code", "where", "why", "fix", "faults")}
        return _revived, (type(self), self.what, details)

    def as_dict(self) -> dict[str, object]:
        """The error as the ``error`` object of ``--json``."""
        return {
            "code": self.code,
            "where": self.where,
            "what": self.what,
            "why": self.why,
            "fix": self.fix,
            "faults": list(self.faults),
        }


def _revived(kind: type[AmprepError], what: str, details: dict[str, Any]) -> AmprepError:
    """An error that comes from another process."""
    return kind(what, **details)


class UsageError(AmprepError):
    """A name, an option or a unit is wrong (exit status 2)."""

    exit_status = 2


class MeshError(AmprepError):
    """A mesh file cannot be read or is no valid body (exit status 3)."""

    exit_status = 3


class FileContentError(AmprepError):
    """A job or profile file is wrong (exit status 3)."""

    exit_status = 3


class BuildError(AmprepError):
    """The job cannot be built on this machine (exit status 4)."""

    exit_status = 4


class OutputError(AmprepError):
    """The result cannot be written (exit status 5)."""

    exit_status = 5


class InternalError(AmprepError):
    """A fault of amprep itself (exit status 70)."""

    exit_status = 70


def plain_numbers(text: str) -> str:
    """A sentence with its numbers as people write them: no zero with a sign, none with an exponent of ten."""
    return without_exponent(without_minus_zero(text))


def without_exponent(text: str) -> str:
    """A sentence in which large numbers are written out: ``18000 mm³``, not ``1.8e+04 mm³``."""
    return _WITH_EXPONENT.sub(lambda found: f"{float(found[0]):.0f}", text) if "e+" in text else text


def without_minus_zero(text: str) -> str:
    """A sentence in which a number that was rounded to nothing has no sign: ``0 mm``, not ``-0.0 mm``."""
    return _MINUS_ZERO.sub(r"\1", text) if "-0" in text else text


def printable(text: str) -> str:
    """`text` with whatever could steer a terminal, as an escape sequence in a name might, made visible."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def as_argument(path: object) -> str:
    """A path as a shell takes it in a command: quoted where it has to be, and never read as an option."""
    import shlex

    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A closing question such as `` Did you mean "m400-4"?``, or nothing when no known word is near."""
    import difflib

    near = difflib.get_close_matches(word.lower(), [name.lower() for name in known], n=1, cutoff=0.5)
    if not near:
        return ""
    original = next(name for name in known if name.lower() == near[0])
    return f' Did you mean "{original}"?'
