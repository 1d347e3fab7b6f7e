"""XML without its dangers: expat, fed piece by piece, and no DTD, so no entity can be defined or fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from amprep.errors import MeshError
from amprep.reading.text_rows import damaged

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["XmlStream"]

# A tag longer than this is no tag; it also bounds what expat reads again when a tag is not complete.
_LONGEST_TAG_BYTES = 1 << 20


class XmlStream:
    """Calls `start` and `end` with names such as ``NAMESPACE NAME``.

    Parameters
    ----------
    where : str
        The file and, in an archive, the part.
    start : callable
        Gets the name and a list of names and values of attributes in turns.
    namespace : callable, optional
        Gets prefix (or None) and namespace, before `start` of the element that declares them.

    """

    def __init__(
        self,
        where: str,
        *,
        start: Callable[[str, list[str]], None],
        end: Callable[[str], None] | None = None,
        namespace: Callable[[str | None, str], None] | None = None,
    ) -> None:
        self._where = where
        self._fed = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.ordered_attributes = True
        parser.StartElementHandler = start
        if end is not None:
            parser.EndElementHandler = end
        if namespace is not None:
            parser.StartNamespaceDeclHandler = namespace
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser

    @property
    def place(self) -> str:
        """The file and the line that is being read."""
        return f"{self._where}:{self._parser.CurrentLineNumber}"

    def feed(self, piece: bytes) -> None:
        """Read on.

        Raises
        ------
        MeshError
            E207 when it is no well-formed XML, E224 when it has a DTD.

        """
        self._parse(piece, last=False)
        self._fed += len(piece)
        if self._fed - self._parser.CurrentByteIndex > _LONGEST_TAG_BYTES + len(piece):
            raise damaged("a tag or comment of the XML is longer than 1 MB", self.place)

    def close(self) -> None:
        """Read to the end."""
        self._parse(b"", last=True)

    def _parse(self, piece: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(piece, last)
        except expat.ExpatError as error:
            text = expat.errors.messages.get(error.code, "unknown")
            raise damaged(f"the XML is damaged: {text}", f"{self._where}:{error.lineno}") from None
        except (LookupError, ValueError) as error:
            raise damaged(f"the XML is damaged: {error}", self.place) from None

    def _doctype(self, *_declaration: object) -> None:
        raise MeshError(
            "the XML has a DTD",
            code="E224",
            where=self.place,
            why="A DTD can define entities that fetch files or grow without bounds; a 3MF has none.",
            fix="export the part again, and do not open this file elsewhere",
        )
