"""Files of all formats, right and wrong: each gives its exact size, or one error with a code and a place."""

from __future__ import annotations

import gzip
import json
import os
import struct
import subprocess
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests import making_files as make
from tests.making_files import AREA_MM2, BEAMS, CORNERS, QUADS, SLICES, TRIANGLES, VOLUME_MM3

import amprep as package

pytestmark = [pytest.mark.bad_input, pytest.mark.usefixtures("compiled")]

# --- files that are right: what they hold, exactly ---


@dataclass(frozen=True)
class Good:
    """`info` gives this volume and area for each part, and these warnings."""

    name: str
    data: bytes | str
    format: str
    volumes: tuple[float, ...] = (VOLUME_MM3,)
    areas: tuple[float, ...] = (AREA_MM2,)
    unit: str = "mm"
    origin: str = "assumed"
    codes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def upper(text: str) -> str:
    return text.upper()


def with_textures() -> str:
    """Every corner in another of the forms that an OBJ has."""
    forms = ("{}", "{}/1", "{}//1", "{}/1/1")
    faces = [" ".join(form.format(i + 1) for form, i in zip(forms, face, strict=True)) for face in QUADS]
    return "vt 0 0\nvn 0 0 1\n" + make.obj([]) + "".join(f"f {face}\n" for face in faces)


def faces_first() -> str:
    lines = make.obj().splitlines(keepends=True)
    return "".join(lines[8:] + lines[:8])


# An L seen from above, concave at (1, 1): a fan about its first corner would cover the notch.
L_RING = [(2, 0), (2, 1), (1, 1), (1, 2), (0, 2), (0, 0)]
L_CORNERS = [(x, y, z) for z in (0, 1) for x, y in L_RING]
L_FACES = [
    tuple(range(5, -1, -1)),
    tuple(range(6, 12)),
    *((i, (i + 1) % 6, 6 + (i + 1) % 6, 6 + i) for i in range(6)),
]
# The same with the ring begun at every corner.
L_TURNS = [[tuple((*f[k:], *f[:k]) if len(f) == 6 else f) for f in L_FACES] for k in range(6)]

BOX = make.mesh_xml()
TWO_BOXES = f'<object id="1">{BOX}</object><object id="2" name="twin">{BOX}</object>'
BEAM_XML = "<b:beamlattice><b:beams/></b:beamlattice>"
ONE_VERTEX = '<vertices><vertex x="0" y="0" z="0"/></vertices>'


def nested(transform_of_component: str, transform_of_item: str) -> bytes:
    resources = (
        f'<object id="1">{BOX}</object><object id="2"><components>'
        f'<component objectid="1" transform="{transform_of_component}"/></components></object>'
    )
    return make.threemf(make.model_xml(resources, f'<item objectid="2" transform="{transform_of_item}"/>'))


SHIFT = "1 0 0 0 1 0 0 0 1 {} {} {}"
PATH_MODEL = make.model_xml(
    '<object id="5"><components><component objectid="1" p:path="/3D/other.model"/></components></object>',
    '<item objectid="5"/>',
)

GOOD = [
    Good("binary STL", make.binary_stl(), "stl-binary"),
    Good("packed binary STL", gzip.compress(make.binary_stl()), "stl-binary.gz"),
    Good("packed ASCII STL", gzip.compress(make.ascii_stl().encode()), "stl-ascii.gz"),
    Good(
        "two gzip members",
        gzip.compress(b"solid x\n") + gzip.compress(make.ascii_stl().encode()[10:]),
        "stl-ascii.gz",
    ),
    Good("gzip padded with zeros", gzip.compress(make.binary_stl()) + bytes(512), "stl-binary.gz"),
    Good("packed OBJ", gzip.compress(make.obj().encode()), "obj.gz"),
    Good("packed PLY", gzip.compress(make.ply_binary()), "ply-binary-little-endian.gz"),
    Good("ASCII in UTF-16, as PowerShell writes it", make.ascii_stl().encode("utf-16"), "stl-ascii"),
    Good("ASCII in big-endian UTF-16", b"\xfe\xff" + make.ascii_stl().encode("utf-16-be"), "stl-ascii"),
    Good("OBJ in UTF-16", make.obj().encode("utf-16"), "obj"),
    Good("ASCII with a BOM", b"\xef\xbb\xbf" + make.ascii_stl().encode(), "stl-ascii"),
    Good("ASCII with CRLF", make.ascii_stl().replace("\n", "\r\n"), "stl-ascii"),
    Good("ASCII with CR", make.ascii_stl().replace("\n", "\r"), "stl-ascii"),
    Good("ASCII in upper case", upper(make.ascii_stl()), "stl-ascii"),
    Good("ASCII with tabs", make.ascii_stl().replace(" ", "\t"), "stl-ascii"),
    Good("ASCII without line ends", make.ascii_stl(name="").replace("\n", " "), "stl-ascii"),
    Good("ASCII with exponents", make.ascii_stl(number="{:+.9E}"), "stl-ascii"),
    Good(
        "ASCII with Fortran's leading points",
        make.ascii_stl().replace("vertex 0 ", "vertex .0 "),
        "stl-ascii",
    ),
    Good("ASCII without a name", make.ascii_stl(name=""), "stl-ascii"),
    Good("ASCII named like a facet", make.ascii_stl(name="my facet 7 endsolid"), "stl-ascii"),
    Good("ASCII with a name in UTF-8", make.ascii_stl(name="Gehäuse 🦊"), "stl-ascii"),
    Good("ASCII without normals", make.ascii_stl(normal="facet"), "stl-ascii"),
    Good("ASCII with normals that are none", make.ascii_stl(normal="facet normal nan nan nan"), "stl-ascii"),
    Good("ASCII after blank lines", "\n\n \t\n" + make.ascii_stl(), "stl-ascii"),
    Good(
        "two solids in one ASCII file",
        make.ascii_stl()
        + make.ascii_stl().replace("vertex 0", "vertex 20").replace("vertex 2 ", "vertex 22 "),
        "stl-ascii",
        (2 * VOLUME_MM3,),
        (2 * AREA_MM2,),
    ),
    Good("OBJ with quadrilaterals", make.obj(), "obj"),
    Good("OBJ with triangles", make.obj(TRIANGLES), "obj"),
    Good("OBJ with CRLF and a BOM", b"\xef\xbb\xbf" + make.obj().replace("\n", "\r\n").encode(), "obj"),
    Good("OBJ with comments", "# made here\n" + make.obj().replace("\nf", " # corner\n\n# face\nf"), "obj"),
    Good("OBJ with textures and normals", with_textures(), "obj"),
    Good("OBJ with indices from the end", make.obj([tuple(i - 9 for i in q) for q in QUADS]), "obj"),
    Good("OBJ with broken lines", make.obj().replace("f 1 3", "f 1 \\\n 3"), "obj"),
    Good(
        "OBJ with objects, groups and materials",
        "mtllib x.mtl\no a\ng b\nusemtl c\ns off\n" + make.obj(),
        "obj",
    ),
    Good("OBJ with colours", make.obj().replace("\nf", "\nf").replace("v 0 0 0", "v 0 0 0 1 1 1"), "obj"),
    Good("OBJ with faces before vertices", faces_first(), "obj"),
    Good("OBJ with a line besides", make.obj() + "l 1 2\n", "obj", codes=("W221",), words=("1 × lines",)),
    *(
        Good(
            f"OBJ with concave polygons, begun at corner {k}",
            make.obj(L_TURNS[k], L_CORNERS),
            "obj",
            (3.0,),
            (14.0,),
        )
        for k in range(6)
    ),
    Good("OBJ that begins with many normals", "vn 0 0 1\n" * 20_000 + make.obj(), "obj"),
    Good("OFF", make.off(), "off"),
    Good("OFF with counts on the first line", make.off(head="OFF {} {} 0\n"), "off"),
    Good("OFF with counts glued on", make.off(head="OFF{} {} 0\n"), "off"),
    Good("OFF without a number of edges", make.off(head="OFF\n{} {}\n"), "off"),
    Good("OFF with comments", make.off(head="# made here\nOFF # box\n# counts\n{} {} 0\n\n"), "off"),
    Good("OFF with colours", make.off(head="COFF\n{} {} 0\n").replace(" 0\n2 0 0", " 0 9 9 9\n2 0 0"), "off"),
    Good("OFF with concave polygons", make.off(L_FACES, L_CORNERS), "off", (3.0,), (14.0,)),
    Good("PLY as text", make.ply_text(), "ply-ascii"),
    Good("PLY as text with CRLF", make.ply_text().replace("\n", "\r\n"), "ply-ascii"),
    Good("PLY as text, mixed faces", make.ply_text([*QUADS[:5], *TRIANGLES[10:]]), "ply-ascii"),
    Good("PLY, little-endian", make.ply_binary(), "ply-binary-little-endian"),
    Good("PLY, big-endian", make.ply_binary(">"), "ply-binary-big-endian"),
    Good(
        "PLY, mixed faces", make.ply_binary(faces=[*QUADS[:5], *TRIANGLES[10:]]), "ply-binary-little-endian"
    ),
    Good(
        "PLY, mixed faces, big-endian shorts",
        make.ply_binary(">", [*QUADS[:5], *TRIANGLES[10:]], "H", "H", "ushort uint16"),
        "ply-binary-big-endian",
    ),
    *(
        Good(
            f"PLY with list {types}",
            make.ply_binary("<", QUADS, count, index, types),
            "ply-binary-little-endian",
        )
        for types, count, index in (
            ("uint8 uchar", "B", "B"),
            ("char short", "b", "h"),
            ("int uint", "i", "I"),
            ("uint32 int8", "I", "b"),
        )
    ),
    Good("3MF", make.threemf(), "3mf", origin="from the file"),
    Good("3MF in zip64", make.zip64(make.threemf_parts()), "3mf", origin="from the file"),
    Good(
        "3MF in zip64, streamed",
        make.zip64(make.threemf_parts(), streamed=True),
        "3mf",
        origin="from the file",
    ),
    *(
        Good(
            f"3MF in {unit}",
            make.threemf(make.model_xml(head=f'unit="{unit}"')),
            "3mf",
            (VOLUME_MM3 * mm**3,),
            (AREA_MM2 * mm**2,),
            unit=ours,
            origin="from the file",
        )
        for unit, ours, mm in (
            ("micron", "um", 0.001),
            ("centimeter", "cm", 10.0),
            ("inch", "inch", 25.4),
            ("foot", "foot", 304.8),
            ("meter", "m", 1000.0),
        )
    ),
    Good(
        "3MF with two items",
        make.threemf(make.model_xml(TWO_BOXES, '<item objectid="1"/><item objectid="2"/>')),
        "3mf",
        (VOLUME_MM3,) * 2,
        (AREA_MM2,) * 2,
        origin="from the file",
    ),
    Good(
        "3MF with a mirrored and scaled component",
        nested("-2 0 0 0 1 0 0 0 1 0 0 0", SHIFT.format(5, 6, 7)),
        "3mf",
        (2 * VOLUME_MM3,),
        (80.0,),
        origin="from the file",
    ),
    Good(
        "3MF mirrored twice",
        nested("-1 0 0 0 1 0 0 0 1 0 0 0", "1 0 0 0 -1 0 0 0 1 0 0 0"),
        "3mf",
        origin="from the file",
    ),
    Good(
        "3MF with a path to another model part",
        make.threemf(PATH_MODEL, **{"3D__other_model": make.model_xml(build="")}),
        "3mf",
        origin="from the file",
    ),
    Good(
        "3MF with an item that is not printable",
        make.threemf(make.model_xml(TWO_BOXES, '<item objectid="1"/><item objectid="2" printable="0"/>')),
        "3mf",
        origin="from the file",
        codes=("W221",),
        words=("not printable",),
    ),
    Good(
        "3MF with a support item",
        make.threemf(
            make.model_xml(
                f'<object id="1">{BOX}</object><object id="2" type="support">{BOX}</object>',
                '<item objectid="1"/><item objectid="2"/>',
            )
        ),
        "3mf",
        origin="from the file",
        codes=("W221",),
        words=("support",),
    ),
    Good(
        "3MF with a slice stack besides the mesh",
        make.threemf(
            make.model_xml(
                f'<s:slicestack id="9"/><object id="1" s:slicestackid="9">{BOX}</object>',
                head=f'xmlns:s="{SLICES}"',
            )
        ),
        "3mf",
        origin="from the file",
        codes=("W221",),
        words=("1 × slice stack",),
    ),
    Good(
        "3MF with beams besides the mesh",
        make.threemf(
            make.model_xml(
                f'<object id="1">{BOX.replace("</mesh>", BEAM_XML + "</mesh>")}</object>',
                head=f'xmlns:b="{BEAMS}" requiredextensions="b"',
            )
        ),
        "3mf",
        origin="from the file",
        codes=("W221",),
        words=("1 × beam lattice",),
    ),
    Good(
        "3MF with colours and attributes of other programs",
        make.threemf(
            make.model_xml(f'<object id="1" o:x="1">{BOX}</object>', head='xmlns:o="urn:other"').replace(
                '<triangle v1="0" v2="2"', '<triangle pid="1" p1="0" v1="0" v2="2"'
            )
        ),
        "3mf",
        origin="from the file",
    ),
    Good(
        "3MF in UTF-16",
        make.threemf(make.model_xml().replace("UTF-8", "UTF-16").encode("utf-16")),
        "3mf",
        origin="from the file",
    ),
    Good(
        "3MF, stored",
        make.zipped(
            {"_rels/.rels": make.relations("3D/M.model"), "3d/m.model": make.model_xml()}, zipfile.ZIP_STORED
        ),
        "3mf",
        origin="from the file",
    ),
]


@pytest.mark.parametrize("case", GOOD, ids=[case.name for case in GOOD])
def test_a_file_gives_what_it_holds(case, amprep, shop):
    data = case.data.encode() if isinstance(case.data, str) else case.data
    # The name says nothing about the content.
    (shop / "part.dat").write_bytes(data)
    outcome = amprep.done("info", "part.dat", "--json")
    (file,) = json.loads(outcome.stdout)["files"]
    assert [part["volume_mm3"] for part in file["parts"]] == pytest.approx(case.volumes, rel=1e-12)
    assert [part["area_mm2"] for part in file["parts"]] == pytest.approx(case.areas, rel=1e-12)
    for part in file["parts"]:
        assert part["format"] == case.format
        assert part["watertight"]
        assert (part["unit"], part["unit_origin"]) == (case.unit, case.origin)
        warnings = [warning for warning in part["warnings"] if warning["code"] != "W110"]
        assert tuple(warning["code"] for warning in warnings) == case.codes
        for word in case.words:
            assert word in warnings[0]["text"]


# --- files that are wrong: one error, with its code and its place ---


@dataclass(frozen=True)
class Bad:
    name: str
    data: bytes | str
    code: str
    words: tuple[str, ...] = ()


def cycle(*links: tuple[int, int]) -> bytes:
    objects = "".join(
        f'<object id="{a}"><components><component objectid="{b}"/></components></object>' for a, b in links
    )
    return make.threemf(make.model_xml(objects))


def with_transform(text: str) -> bytes:
    return make.threemf(make.model_xml(build=f'<item objectid="1" transform="{text}"/>'))


def in_model(old: str, new: str) -> bytes:
    text = make.model_xml()
    assert old in text
    return make.threemf(text.replace(old, new, 1))


def lying_size() -> bytes:
    """The archive announces a model part of 100 bytes."""
    data = bytearray(make.threemf())
    name = b"3D/3dmodel.model"
    at = data.index(b"PK\x01\x02", data.rindex(name) - 46)
    struct.pack_into("<I", data, at + 24, 100)
    return bytes(data)


def encrypted() -> bytes:
    data = bytearray(make.threemf())
    at = data.index(b"PK\x01\x02", data.rindex(b"3D/3dmodel.model") - 46)
    data[at + 8] |= 1
    return bytes(data)


def twice() -> bytes:
    return make.zipped(
        {
            "_rels/.rels": make.relations("/3D/3dmodel.model"),
            "3D/3dmodel.model": make.model_xml(),
            "3d/3DMODEL.model": make.model_xml(),
        }
    )


def broken_checksum() -> bytes:
    data = bytearray(make.zipped({"_rels/.rels": make.relations("/a.model"), "a.model": make.model_xml()}, 0))
    at = data.index(b'x="2"')
    data[at + 3 : at + 4] = b"3"
    return bytes(data)


OFF, OBJ, PLY = make.off(), make.obj(), make.ply_text()
LITTLE = make.ply_binary()

BAD = [
    Bad("a gzip file cut off", gzip.compress(make.binary_stl())[:-9], "E207", ("cut off",)),
    Bad(
        "a gzip file with a wrong checksum",
        gzip.compress(make.binary_stl())[:-8] + bytes(8),
        "E207",
        ("gzip",),
    ),
    Bad("a gzip file with a damaged middle", b"\x1f\x8b\x08\0\0\0\0\0\0\3" + b"\xff" * 90, "E207", ("gzip",)),
    Bad(
        "a gzip file with something behind it",
        gzip.compress(make.binary_stl()) + b"more",
        "E207",
        ("follows",),
    ),
    Bad("an empty gzip file", gzip.compress(b""), "E202", ("nothing",)),
    Bad("gzip in gzip", gzip.compress(gzip.compress(make.binary_stl())), "E202", ("archive",)),
    Bad("a 3MF in gzip", gzip.compress(make.threemf()), "E202", ("archive",)),
    Bad("gzip of a text", gzip.compress(b"Dear all,\n" * 20), "E202", ("no part",)),
    Bad(
        "ASCII STL with decimal commas",
        make.ascii_stl(number="{:.1f}").replace(".", ","),
        "E206",
        ("decimal comma", ":4"),
    ),
    Bad("half a character of UTF-16", make.ascii_stl().encode("utf-16") + b"\0", "E207", ("UTF-16",)),
    Bad("an OBJ without faces", OBJ.partition("f")[0], "E204"),
    Bad("an OBJ of lines only", OBJ.partition("f")[0] + "l 1 2 3\n", "E226", ("lines",)),
    Bad(
        "an OBJ of free-form surfaces only",
        OBJ.partition("f")[0] + "cstype bspline\ndeg 3 3\nsurf 0 1 0 1 1 2 3 4\nend\n",
        "E226",
        ("free-form",),
    ),
    Bad("an OBJ with an index too high", OBJ.replace("f 1 3", "f 9 3"), "E227", (":9", "vertex 9", "are 8")),
    Bad("an OBJ with the index 0", OBJ.replace("f 1 3", "f 0 3"), "E227", (":9", "from 1")),
    Bad("an OBJ with an index too far back", OBJ.replace("f 1 3", "f -9 3"), "E227", (":9",)),
    Bad("an OBJ with two corners", OBJ.replace("f 1 3 4 2", "f 1 3"), "E207", (":9", "2 corners")),
    Bad("an OBJ with a fraction for an index", OBJ.replace("f 1 3", "f 1.5 3"), "E206", (":9", '"1.5"')),
    Bad("an OBJ with two coordinates", OBJ.replace("v 2 0 0", "v 2 0"), "E207", (":2",)),
    Bad("an OBJ with a decimal comma", OBJ.replace("v 2 0 0", "v 2,5 0 0"), "E206", (":2", "decimal comma")),
    Bad("an OBJ with a coordinate that is none", OBJ.replace("v 2 0 0", "v nan 0 0"), "E206", (":2",)),
    Bad("an OBJ with an infinite coordinate", OBJ.replace("v 2 0 0", "v 1e999 0 0"), "E206", (":2",)),
    Bad("an OBJ with an underscore in a number", OBJ.replace("v 2 0 0", "v 2_0 0 0"), "E206", (":2",)),
    Bad("an OBJ with a hexadecimal index", OBJ.replace("f 1 3", "f 0x1 3"), "E206", (":9",)),
    Bad("an OBJ with an index of 100 digits", OBJ.replace("f 1 3", f"f {'9' * 100} 3"), "E206", (":9",)),
    Bad("an OBJ with a word that is none", OBJ.replace("v 2 0 0", "vv 2 0 0"), "E207", (":2", '"vv"')),
    Bad(
        "an OBJ with an error after a broken line",
        OBJ.replace("f 1 3", "f 1 \\\n 3").replace("f 5 6", "f x 6"),
        "E206",
        (":11",),
    ),
    Bad("an OBJ with an absurd coordinate", OBJ.replace("v 2 0 0", "v 2e9 0 0"), "E205", ("triangle",)),
    Bad(
        "an OBJ with a coordinate near the end of all numbers", OBJ.replace("v 2 0 0", "v 1e308 0 0"), "E205"
    ),
    Bad("a 3MF with an absurd transform", with_transform("1e308 0 0 0 1e308 0 0 0 1e308 0 0 0"), "E205"),
    Bad(
        "a 3MF whose transforms multiply beyond all numbers",
        nested("1e29 0 0 0 1e29 0 0 0 1e29 0 0 0", "1e29 0 0 0 1e29 0 0 0 1e29 1e29 0 0"),
        "E205",
    ),
    Bad("an OFF cut within its faces", OFF[:-10], "E207", ("announces 6 faces", "holds 5")),
    Bad("an OFF cut within its vertices", "\n".join(OFF.splitlines()[:6]), "E207", ("8 vertices",)),
    Bad("an OFF of which only the header is left", "OFF\n", "E207"),
    Bad("an OFF with a negative count", OFF.replace("8 6 0", "-8 6 0"), "E207", ("negative", ":2")),
    Bad("an OFF with too low a count", OFF.replace("8 6 0", "8 5 0"), "E207", ("follows", ":16")),
    Bad("an OFF with an index too high", OFF.replace("4 0 2 3 1", "4 0 2 3 8"), "E227", (":11",)),
    Bad("an OFF with a negative index", OFF.replace("4 0 2 3 1", "4 0 2 3 -1"), "E227", (":11",)),
    Bad("an OFF with a face that is too short", OFF.replace("4 0 2 3 1", "4 0 2 3"), "E207", (":11",)),
    Bad("an OFF with a face of two corners", OFF.replace("4 0 2 3 1", "2 0 2"), "E207", (":11",)),
    Bad("an OFF with a word among its numbers", OFF.replace("2 0 0", "2 O 0"), "E206", (":4", '"O"')),
    Bad(
        "an OFF with a word among its indices", OFF.replace("4 0 2 3 1", "4 0 2 x 1"), "E206", (":11", '"x"')
    ),
    Bad("a binary OFF", "OFF BINARY\n" + "\0" * 90, "E202", ("kind of OFF",)),
    Bad("an OFF in four dimensions", OFF.replace("OFF", "4OFF"), "E202", ("kind of OFF",)),
    Bad("a PLY without end_header", PLY.replace("end_header\n", ""), "E207", ("end_header",)),
    Bad("a PLY without a format", PLY.replace("format ascii 1.0\n", ""), "E207", ("format",)),
    Bad("a PLY of an unknown version", PLY.replace("1.0", "2.0"), "E207", (":2",)),
    Bad("a PLY with an unknown type", PLY.replace("float x", "half x"), "E207", (":5", "half")),
    Bad("a PLY without z", PLY.replace("property float z\n", ""), "E207", ("x, y and z",)),
    Bad("a PLY without faces", PLY.replace("vertex_indices", "corners"), "E207", ("vertex_indices",)),
    Bad(
        "a PLY of strips only",
        make.ply_head().replace("element face 6", "element tristrips 1"),
        "E226",
        ("tristrips",),
    ),
    Bad("a PLY with indices as fractions", PLY.replace("uchar int", "uchar float"), "E207", ("fractions",)),
    Bad("a PLY with a negative count", PLY.replace("vertex 8", "vertex -8"), "E207", (":4",)),
    Bad("a PLY with an element twice", PLY.replace("element face", "element vertex"), "E207", ("twice",)),
    Bad("a PLY text cut off", PLY[:-10], "E207"),
    Bad("a PLY text with a row too long", PLY.replace("\n2 0 0\n", "\n2 0 0 0\n"), "E207", (":12",)),
    Bad("a PLY text with an index too high", PLY.replace("4 0 2 3 1", "4 0 2 3 8"), "E227", (":19",)),
    Bad("a PLY text with a word", PLY.replace("\n2 0 0\n", "\n2 zero 0\n"), "E206", (":12", '"zero"')),
    Bad("a PLY text with something behind", PLY + "1 2 3\n", "E207", (":25", "follows")),
    Bad("a PLY cut off", LITTLE[:-3], "E207", ("than the file holds",)),
    Bad("a PLY cut within its vertices", LITTLE[: LITTLE.index(b"end_header") + 40], "E207", ("vertex",)),
    Bad("a PLY with something behind", LITTLE + b"more", "E207", ("4 bytes",)),
    Bad(
        "a PLY with too high an index",
        make.ply_binary(faces=[*QUADS[:5], (0, 1, 2, 77)]),
        "E227",
        ("face 6", "77"),
    ),
    Bad(
        "a PLY with a negative index", make.ply_binary(faces=[*QUADS[:5], (0, 1, 2, -1)]), "E227", ("face 6",)
    ),
    Bad(
        "a PLY with a corner that is no number",
        LITTLE.replace(struct.pack("<3f", 2, 0, 0), struct.pack("<3f", float("nan"), 0, 0), 1),
        "E206",
        ("vertex 1 ",),
    ),
    Bad("a PLY with a list longer than the file", LITTLE[:-17] + b"\xff" + LITTLE[-16:], "E207", ("byte",)),
    Bad("a PLY with a face of one corner", make.ply_binary(faces=[*QUADS, (1,)]), "E207", ("1 corners",)),
    Bad("a zip archive that is no 3MF", make.zipped({"a.txt": "x"}), "E202", ("no 3MF",)),
    Bad(
        "a 3MF without a model",
        make.zipped({"_rels/.rels": make.relations("/3D/3dmodel.model")}),
        "E207",
        ("missing",),
    ),
    Bad(
        "a 3MF that names no model",
        make.zipped({"_rels/.rels": make.relations()}),
        "E202",
        ("names its model",),
    ),
    Bad(
        "a 3MF that names two models",
        make.zipped({"_rels/.rels": make.relations("/a", "/b")}),
        "E202",
        ("two models",),
    ),
    Bad("a 3MF cut off", make.threemf()[:-300], "E207", ("zip",)),
    Bad("a 3MF with a part twice", twice(), "E207", ("twice",)),
    Bad("a 3MF with a wrong checksum", broken_checksum(), "E207", ("zip",)),
    Bad("a 3MF that lies about a size", lying_size(), "E207", ("zip",)),
    Bad("an encrypted 3MF", encrypted(), "E207", ("encrypted",)),
    Bad(
        "a 3MF packed with bzip2",
        make.zipped(
            {"_rels/.rels": make.relations("/a.model"), "a.model": make.model_xml()}, zipfile.ZIP_BZIP2
        ),
        "E207",
        ("packed",),
    ),
    Bad("a 3MF that is not well-formed", in_model("</mesh>", "</mush>"), "E207", ("XML", ":1")),
    Bad("a 3MF whose XML ends early", make.threemf(make.model_xml()[:-20]), "E207", ("XML",)),
    Bad("a 3MF of another XML", make.threemf("<html><body/></html>"), "E207", ("<model>",)),
    Bad("a 3MF with a DTD", make.threemf(make.model_xml(before="<!DOCTYPE model>")), "E224", ("DTD",)),
    Bad(
        "a 3MF that fetches a file (XXE)",
        make.threemf(
            make.model_xml(before='<!DOCTYPE m [<!ENTITY e SYSTEM "file:///etc/passwd">]>').replace(
                'name="box"', 'name="&e;"'
            )
        ),
        "E224",
        ("DTD",),
    ),
    Bad("a 3MF with an entity that is not defined", in_model('name="box"', 'name="&e;"'), "E207", ("XML",)),
    Bad(
        "a DTD in the relationships",
        make.zipped(
            {
                "_rels/.rels": make.relations("/a.model").replace("?>", "?><!DOCTYPE r>"),
                "a.model": make.model_xml(),
            }
        ),
        "E224",
        (".rels",),
    ),
    Bad(
        "a 3MF that requires what is unknown",
        make.threemf(make.model_xml(head='xmlns:q="urn:quantum" requiredextensions="p q"')),
        "E222",
        ('"q"', "urn:quantum"),
    ),
    Bad(
        "a 3MF that requires a prefix without a name",
        make.threemf(make.model_xml(head='requiredextensions="zz"')),
        "E222",
        ('"zz"',),
    ),
    Bad(
        "a 3MF with an unknown unit",
        make.threemf(make.model_xml(head='unit="furlong"')),
        "E207",
        ("furlong",),
    ),
    Bad("a 3MF with nothing to build", make.threemf(make.model_xml(build="")), "E225", ("empty",)),
    Bad(
        "a 3MF with nothing printable",
        make.threemf(make.model_xml(build='<item objectid="1" printable="0"/>')),
        "E225",
        ("not printable",),
    ),
    Bad(
        "a 3MF with an object that is not there",
        make.threemf(make.model_xml(build='<item objectid="7"/>')),
        "E228",
        ("id 7",),
    ),
    Bad(
        "a 3MF with two objects of one id",
        make.threemf(make.model_xml(f'<object id="1">{BOX}</object><object id="1">{BOX}</object>')),
        "E228",
        ("two objects",),
    ),
    Bad("a 3MF whose component is itself", cycle((1, 1)), "E228", ("contains itself",)),
    Bad("a 3MF with a cycle of components", cycle((1, 2), (2, 3), (3, 1)), "E228", ("contains itself",)),
    Bad(
        "a 3MF with components nested too deep", cycle(*((i, i + 1) for i in range(1, 90))), "E228", ("deep",)
    ),
    Bad("a 3MF with a path to nowhere", make.threemf(PATH_MODEL), "E207", ("path",)),
    Bad(
        "a 3MF with a path out of the archive",
        make.threemf(PATH_MODEL.replace("/3D/other.model", "/../../../etc/passwd")),
        "E207",
        ("path",),
    ),
    Bad(
        "a 3MF whose parts differ in units",
        make.threemf(PATH_MODEL, **{"3D__other_model": make.model_xml(head='unit="inch"')}),
        "E228",
        ("units",),
    ),
    Bad("a 3MF with an index too high", in_model('v1="0"', 'v1="8"'), "E227", ("vertex 8",)),
    Bad("a 3MF with a negative index", in_model('v1="0"', 'v1="-1"'), "E227"),
    Bad("a 3MF with a fraction for an index", in_model('v1="0"', 'v1="0.5"'), "E206"),
    Bad("a 3MF with a vertex without z", in_model(' z="0"', ""), "E207", ('"z"',)),
    Bad("a 3MF with a triangle without v2", in_model('v2="2" ', ""), "E207", ('"v2"',)),
    Bad("a 3MF with a number that is none", in_model('x="2"', 'x="NaN"'), "E206", ("NaN",)),
    Bad("a 3MF with an infinite number", in_model('x="2"', 'x="1e999"'), "E206"),
    Bad("a 3MF with a decimal comma", in_model('x="2"', 'x="2,0"'), "E206", ("decimal comma",)),
    Bad("a 3MF with Arabic digits", in_model('x="2"', 'x="٢"'), "E206"),
    Bad("a 3MF with a flat transform", with_transform("1 0 0 0 1 0 0 0 0 0 0 0"), "E228", ("flat",)),
    Bad("a 3MF with a transform of eleven numbers", with_transform("1 0 0 0 1 0 0 0 1 0 0"), "E207", ("11",)),
    Bad("a 3MF with a transform that is no number", with_transform("1 0 0 0 1 0 0 0 1 0 0 nan"), "E206"),
    Bad(
        "a 3MF with two lists of triangles",
        in_model("</mesh>", "<triangles/></mesh>"),
        "E207",
        ("two lists",),
    ),
    Bad(
        "a 3MF with a triangle among the vertices",
        in_model("</vertices>", '<triangle v1="0" v2="1" v3="2"/></vertices>'),
        "E207",
        ("outside",),
    ),
    Bad(
        "a 3MF with a mesh and components",
        in_model("</mesh>", '</mesh><components><component objectid="2"/></components>'),
        "E207",
        ("mesh and components",),
    ),
    Bad(
        "a 3MF without triangles",
        make.threemf(make.model_xml('<object id="1"><mesh/></object>')),
        "E204",
        ("no triangles",),
    ),
    Bad(
        "a 3MF of beams only",
        make.threemf(
            make.model_xml(
                f'<object id="1"><mesh>{ONE_VERTEX}{BEAM_XML}</mesh></object>',
                head=f'xmlns:b="{BEAMS}"',
            )
        ),
        "E226",
        ("beam lattice",),
    ),
    Bad(
        "a 3MF of slices with a stand-in mesh",
        make.threemf(
            make.model_xml(
                f'<object id="1" s:slicestackid="9" s:meshresolution="lowres">{BOX}</object>',
                head=f'xmlns:s="{SLICES}"',
            )
        ),
        "E226",
        ("slice stack",),
    ),
    Bad(
        "a 3MF of a shape that is not known",
        make.threemf(make.model_xml('<object id="1"><q:shape/></object>', head='xmlns:q="urn:quantum"')),
        "E226",
        ("quantum",),
    ),
    Bad(
        "a 3MF with elements nested too deep",
        in_model("<resources>", "<resources>" + "<a>" * 70 + "</a>" * 70),
        "E207",
        ("deep",),
    ),
    Bad("a PDF", b"%PDF-1.7\n" + bytes(200), "E202", ("PDF",)),
    Bad("a GLB", b"glTF" + bytes(200), "E202", ("GLB",)),
]


@pytest.mark.parametrize("case", BAD, ids=[case.name for case in BAD])
def test_a_wrong_file_gives_one_error_with_its_place(case, amprep, shop, tmp_path):
    data = case.data.encode() if isinstance(case.data, str) else case.data
    (shop / "bad.dat").write_bytes(data)
    before = amprep.tree(tmp_path)
    outcome = amprep.run("info", "bad.dat")
    text = outcome.stderr
    assert outcome.exit_code == 3, text
    assert f"error[{case.code}] bad.dat" in text
    assert text.count("error[") == 1
    assert "Traceback" not in text
    assert "fix:" in text
    for word in case.words:
        assert word in text, f'"{word}" is not in the message:\n{text}'
    assert outcome.stdout == ""
    outcome = amprep.run("slice", "bad.dat", "-m", "m400-4", "-n", "-j", "1")
    assert (outcome.exit_code, f"error[{case.code}]" in outcome.stderr) == (3, True), outcome.stderr
    assert amprep.tree(tmp_path) == before, "something was left behind"


# --- attacks: what they may cost ---

MOST_SECONDS = 3.0
MOST_BYTES = 300e6


def announcing(kind: str) -> bytes:
    return make.ply_head(kind, faces=4_000_000_000).encode() + struct.pack("<3f", 0, 0, 0) * 8


def bomb_of_components() -> bytes:
    objects = f'<object id="1">{BOX}</object>' + "".join(
        f'<object id="{i}"><components>{f"""<component objectid="{i - 1}"/>""" * 10}</components></object>'
        for i in range(2, 30)
    )
    return make.threemf(make.model_xml(objects, '<item objectid="29"/>'))


def laughs() -> bytes:
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    return make.threemf(
        make.model_xml(before=f"<!DOCTYPE m [{entities}]>").replace('name="box"', 'name="&a9;"')
    )


def blank_bomb(before: bytes, filling: bytes, size: int) -> bytes:
    """A 3MF whose model begins with `before` and goes on with `size` bytes of `filling`."""
    return make.zipped(
        {"_rels/.rels": make.relations("/a.model"), "a.model": before + filling * (size // len(filling))}
    )


def gzip_bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1 << 24)) for _ in range(8)) + packer.flush()


OPEN_VERTICES = make.model_xml().partition("<vertex ")[0].encode()
ATTACKS = [
    (
        "a binary STL that announces 4 billion triangles",
        lambda: bytes(80) + b"\xff" * 4 + bytes(1000),
        {"E204"},
    ),
    ("a PLY that announces 4 billion faces", lambda: announcing("binary_little_endian"), {"E207"}),
    ("a PLY text that announces 4 billion faces", lambda: announcing("ascii"), {"E206", "E207"}),
    (
        "a PLY that announces 4 billion vertices",
        lambda: make.ply_head("binary_big_endian", 4_000_000_000).encode() + bytes(99),
        {"E202", "E207"},
    ),
    (
        "a PLY with a list of 4 billion",
        lambda: (
            make.ply_head("binary_little_endian", index="list uint int vertex_indices").encode()
            + bytes(96)
            + b"\xff" * 60
        ),
        {"E207"},
    ),
    (
        "a PLY header of 100,000 lines",
        lambda: b"ply\nformat ascii 1.0\n" + b"comment x\n" * 100_000,
        {"E207"},
    ),
    (
        "an OFF that announces 4 billion faces",
        lambda: make.off(head="OFF\n{} 4000000000 {}\n").encode(),
        {"E207"},
    ),
    ("an OFF that announces 10^18 vertices", lambda: b"OFF\n1000000000000000000 6 0\n0 0 0\n", {"E202"}),
    (
        "an OFF with a face of 4 billion corners",
        lambda: make.off().replace("4 0 2 3 1", "4000000000 0 2 3 1").encode(),
        {"E207"},
    ),
    ("billion laughs", laughs, {"E224"}),
    ("a gzip bomb of 128 MiB", gzip_bomb, {"E223"}),
    ("a zip bomb of blanks", lambda: blank_bomb(OPEN_VERTICES, b" " * 1024, 1 << 26), {"E223"}),
    (
        "a zip bomb of vertices",
        lambda: blank_bomb(OPEN_VERTICES, b'<vertex x="0" y="0" z="0"/>' * 64, 1 << 26),
        {"E223"},
    ),
    ("a zip bomb of one tag", lambda: blank_bomb(b'<model a="', b"a" * 1024, 1 << 26), {"E207", "E223"}),
    ("a zip bomb of one comment", lambda: blank_bomb(b"<!--", b"a" * 1024, 1 << 26), {"E207", "E223"}),
    ("components that multiply to 10^28 boxes", bomb_of_components, {"E223"}),
    ("an OBJ with one line of 20 MB", lambda: b"v 0 0 0\nf" + b" 1" * 10_000_000, {"E207"}),
]
CHILD = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from amprep.errors import AmprepError
from amprep.reading.files import read_file
import amprep.reading.ply, amprep.reading.threemf
before = resource.getrusage(resource.RUSAGE_SELF)
try:
    read_file(sys.argv[1])
    code = "none"
except AmprepError as error:
    code = error.code
after = resource.getrusage(resource.RUSAGE_SELF)
# Of this program alone: the figure of getrusage counts what the parent had before.
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
peak = 1024 * int(status["VmHWM"].split()[0])
print(code, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is measured on Linux only")
@pytest.mark.parametrize(("attack", "codes"), [a[1:] for a in ATTACKS], ids=[a[0] for a in ATTACKS])
def test_an_attack_costs_little(attack, codes, tmp_path):
    (tmp_path / "attack.dat").write_bytes(attack())
    source = str(Path(package.__file__).resolve().parents[1])
    paths = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path / "attack.dat")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stderr
    code, seconds, peak = done.stdout.split()
    assert code in codes
    assert float(seconds) < MOST_SECONDS
    assert float(peak) < MOST_BYTES
    assert [path.name for path in tmp_path.iterdir()] == ["attack.dat"]


# --- names ---

NAMES = [
    "Gehäuse für Ämter.3mf",
    "🦊 fox.3mf",
    "-rf.3mf",
    "a\nb.3mf",
    "[bold]x.3mf",
    "\x1b[31mred.3mf",
    "a;b&c|d$(e)`f`.3mf",
    "..3mf",
    "x" * 200,
]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.parametrize("name", NAMES)
def test_names_are_shown_and_nothing_else(name, amprep, shop, tmp_path):
    (shop / name).write_bytes(make.threemf())
    before = amprep.tree(tmp_path)
    outcome = amprep.done("info", "--", name)
    assert "\x1b" not in outcome.stdout
    first = outcome.stdout.splitlines()[0]
    assert "3MF" in first, "a name made a line of its own"
    assert repr(name)[1:-1] in first or name in first
    outcome = amprep.done("info", "--json", "--", name)
    assert json.loads(outcome.stdout)["files"][0]["file"] == name
    assert amprep.tree(tmp_path) == before


def test_names_of_objects_become_no_path_and_no_markup(amprep, shop, tmp_path):
    names = ["../../evil", "&lt;/script>&lt;b>&#10;x", ""]
    objects = "".join(f'<object id="{i}" name="{name}">{BOX}</object>' for i, name in enumerate(names, 1))
    items = "".join(f'<item objectid="{i}"/>' for i in (1, 2, 3))
    (shop / "odd.3mf").write_bytes(make.threemf(make.model_xml(objects, items)))
    outcome = amprep.done("slice", "odd.3mf", "-m", "m400-4", "--no-report", "-j", "1", "--unit", "cm")
    assert "odd.amjob" in outcome.stdout
    assert sorted(path.name for path in shop.iterdir()) == ["cube.stl", "odd.3mf", "odd.amjob"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["logs", "shop"]
    # The job file names the items, so that it builds the same again.
    again = amprep.done("run", "odd.amjob", "-n", "--json")
    assert [part["name"] for part in json.loads(again.stdout)["parts"]] == [
        "odd ../../evil",
        "odd </script><b>\\nx",
        "odd item 3",
    ]
    assert (shop / "odd.amjob" / "job.toml").read_text(encoding="utf-8").count('unit = "cm"') == 3


def test_several_files_are_told_and_the_worst_status_counts(amprep, shop):
    (shop / "bad.obj").write_text("v 0 0 0\n" * 9)
    (shop / "good.3mf").write_bytes(make.threemf())
    outcome = amprep.run("info", "bad.obj", "cube.stl", "good.3mf", "nothing.stl")
    assert outcome.exit_code == 3
    assert outcome.stderr.count("error[") == 2
    assert "cube.stl   binary STL" in outcome.stdout
    assert "good.3mf   3MF" in outcome.stdout
    outcome = amprep.run("info", "bad.obj", "cube.stl", "--json")
    document = json.loads(outcome.stdout)
    assert (document["ok"], [file["ok"] for file in document["files"]]) == (False, [False, True])
    assert document["files"][0]["error"]["code"] == "E204"


def test_a_fault_of_amprep_in_one_file_does_not_end_the_others(amprep, shop, monkeypatch):
    from amprep.cli import info
    from amprep.cli import slice as slicing

    def fall_over(what, bad):
        def instead(path, *more):
            if bad in str(path):
                raise ZeroDivisionError("division by zero")
            return what(path, *more)

        return instead

    (shop / "good.3mf").write_bytes(make.threemf())
    monkeypatch.setattr(info, "_described", fall_over(info._described, "cube"))
    outcome = amprep.run("info", "cube.stl", "good.3mf")
    assert outcome.exit_code == 70
    assert "error[E701] cube.stl: a fault of amprep itself" in outcome.stderr
    assert "good.3mf   3MF" in outcome.stdout
    for name in "abc":
        (shop / f"{name}.toml").write_text('machine = "m400-4"\n[[parts]]\nfile = "cube.stl"\n')
    monkeypatch.setattr(slicing, "_run_job_file", fall_over(slicing._run_job_file, "b.toml"))
    outcome = amprep.run("run", "a.toml", "b.toml", "c.toml", "-n")
    assert outcome.exit_code == 70
    assert outcome.stderr.count("error[E701] b.toml: a fault of amprep itself") == 1
    assert outcome.stdout.count("Nothing was written (--dry-run)") == 2


def test_a_unit_that_is_given_wins_and_the_difference_is_told(amprep, shop):
    (shop / "part.3mf").write_bytes(make.threemf(make.model_xml(head='unit="inch"')))
    outcome = amprep.done("info", "part.3mf", "--unit", "mm", "--json")
    (part,) = json.loads(outcome.stdout)["files"][0]["parts"]
    assert part["volume_mm3"] == pytest.approx(VOLUME_MM3)
    assert (part["unit"], part["unit_origin"], part["unit_in_file"]) == ("mm", "given", "inch")
    assert [warning["code"] for warning in part["warnings"]] == ["W220"]
    assert "unit mm (given; the file says inch)" in amprep.done("info", "part.3mf", "--unit", "mm").stdout


def test_a_part_that_fits_only_when_turned_says_how(amprep, shop):
    amprep.write_box(shop / "long.stl", (20.0, 120.0, 20.0))
    amprep.write_box(shop / "bar.stl", (10.0, 500.0, 10.0))
    amprep.write_box(shop / "bulk.stl", (500.0, 500.0, 500.0))
    assert "fits     m400-4\n" in amprep.done("info", "long.stl").stdout
    assert "m400-4 turned 45° about z" in amprep.done("info", "bar.stl").stdout
    assert "no machine" in amprep.done("info", "bulk.stl").stdout


@pytest.mark.parametrize(
    ("at", "size", "turned", "overlap"),
    [
        ((5, 0, 0), 1, False, False),
        ((2, 0, 0), 1, False, False),
        ((2, 3, 4), 1, False, False),
        ((1, 1, 1), 1, False, True),
        ((0.5, 0.5, 0.5), 0.5, False, True),
        ((0.5, 0.5, 0.5), 0.5, True, False),
        ((-3, -3, -3), 4, False, True),
    ],
    ids=["apart", "common face", "common corner", "cutting", "inside", "a cavity", "around"],
)
def test_a_volume_that_counts_bodies_twice_says_so(at, size, turned, overlap, amprep, shop):
    second = [tuple(a + size * x for a, x in zip(at, corner, strict=True)) for corner in CORNERS]
    faces = [tuple(i + 8 for i in (face[::-1] if turned else face)) for face in QUADS]
    (shop / "two.obj").write_text(make.obj([*QUADS, *faces], [*CORNERS, *second]))
    outcome = amprep.done("info", "two.obj", "--unit", "mm")
    assert ("counts for each" in outcome.stdout) == overlap
    (part,) = json.loads(amprep.done("info", "two.obj", "--json").stdout)["files"][0]["parts"]
    assert part["bodies_overlap"] is overlap
    assert part["volume_mm3"] == pytest.approx(VOLUME_MM3 * (1 + (-1 if turned else 1) * size**3))


def test_an_open_part_is_described_with_its_holes(amprep, shop):
    faces = [face for i, face in enumerate(QUADS) if i not in {0, 1}]
    (shop / "pipe.obj").write_text(make.obj(faces))
    (part,) = json.loads(amprep.done("info", "pipe.obj", "--json").stdout)["files"][0]["parts"]
    assert part["bodies_overlap"] is None
    assert "open: 2 holes, 8 open edges" in amprep.done("info", "pipe.obj").stdout
    assert amprep.run("slice", "pipe.obj", "-m", "m400-4", "-n").exit_code == 3


def test_equal_items_that_differ_by_a_shift_share_their_mesh(shop):
    from amprep.reading.files import read_file

    items = '<item objectid="1"/>' + "".join(
        f'<item objectid="1" transform="{SHIFT.format(10 * i, 0, 0)}"/>' for i in range(1, 4)
    )
    items += '<item objectid="1" transform="0 1 0 -1 0 0 0 0 1 0 0 0"/>'
    (shop / "many.3mf").write_bytes(make.threemf(make.model_xml(build=items)))
    parts = read_file(shop / "many.3mf")
    assert len({id(part.mesh) for part in parts}) == 2
    assert [part.source.item for part in parts] == [1, 2, 3, 4, 5]
    assert parts[4].mesh.bounds_mm.tolist() == [[-3.0, 0.0, 0.0], [0.0, 2.0, 4.0]]


def test_a_matrix_takes_rows(shop):
    """(x, y) goes to (100 − y, 100 + x), as lib3mf and trimesh have it."""
    from amprep.reading.files import read_one

    (shop / "turned.3mf").write_bytes(with_transform("0 1 0 -1 0 0 0 0 1 100 100 0"))
    mesh, _ = read_one(shop / "turned.3mf")
    assert mesh.bounds_mm.tolist() == [[97.0, 100.0, 0.0], [100.0, 102.0, 4.0]]
    assert mesh.volume_mm3 == pytest.approx(VOLUME_MM3)


def test_transforms_nest_from_the_component_outwards(shop):
    """v · M of the component · M of the item: first doubled along x, then turned and shifted."""
    from amprep.reading.files import read_one

    (shop / "nested.3mf").write_bytes(nested("2 0 0 0 1 0 0 0 1 1 0 0", "0 1 0 -1 0 0 0 0 1 0 0 5"))
    mesh, _ = read_one(shop / "nested.3mf")
    assert mesh.bounds_mm.tolist() == [[-3.0, 1.0, 5.0], [0.0, 5.0, 9.0]]
    assert mesh.volume_mm3 == pytest.approx(2 * VOLUME_MM3)


def test_a_job_file_takes_one_part_of_several(amprep, shop):
    (shop / "two.3mf").write_bytes(
        make.threemf(make.model_xml(TWO_BOXES, '<item objectid="1"/><item objectid="2"/>'))
    )
    job = 'machine = "m400-4"\n[[parts]]\nfile = "two.3mf"\n'
    (shop / "job.toml").write_text(job + "item = 2\nposition_mm = [50, 50]\n")
    plan = json.loads(amprep.done("run", "job.toml", "-n", "--json").stdout)
    assert len(plan["parts"]) == 1
    for wrong in ("item = 3\n", "position_mm = [50, 50]\n"):
        (shop / "job.toml").write_text(job + wrong)
        outcome = amprep.run("run", "job.toml", "-n")
        assert (outcome.exit_code, "error[E225]" in outcome.stderr) == (3, True), outcome.stderr


def test_there_are_as_many_cases_as_promised():
    assert len(GOOD) + len(BAD) + len(ATTACKS) >= 70
    assert len(CORNERS) == 8
