"""Files of all formats, made byte by byte for tests."""

from __future__ import annotations

import io
import struct
import zipfile

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
SLICES = "http://schemas.microsoft.com/3dmanufacturing/slice/2015/07"
BEAMS = "http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"
RELATION = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
XML = '<?xml version="1.0" encoding="UTF-8"?>'

# A box of 2 × 3 × 4: 24 mm³, 52 mm².
CORNERS = [(x, y, z) for z in (0, 4) for y in (0, 3) for x in (0, 2)]
QUADS = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (1, 3, 7, 5), (3, 2, 6, 7), (2, 0, 4, 6)]
TRIANGLES = [t for a, b, c, d in QUADS for t in ((a, b, c), (a, c, d))]
VOLUME_MM3, AREA_MM2 = 24.0, 52.0


def ascii_stl(name: str = "box", number: str = "{:g}", normal: str = "facet normal 0 0 0") -> str:
    facets = "".join(
        f"{normal}\nouter loop\n"
        + "".join("vertex " + " ".join(number.format(x) for x in CORNERS[i]) + "\n" for i in triangle)
        + "endloop\nendfacet\n"
        for triangle in TRIANGLES
    )
    return f"solid {name}\n{facets}endsolid {name}\n"


def binary_stl() -> bytes:
    records = b"".join(
        struct.pack("<12fH", 0, 0, 0, *(x for i in triangle for x in CORNERS[i]), 0) for triangle in TRIANGLES
    )
    return bytes(80) + struct.pack("<I", len(TRIANGLES)) + records


def obj(faces=QUADS, corners=CORNERS) -> str:
    lines = ["v " + " ".join(map(str, corner)) for corner in corners]
    lines += ["f " + " ".join(str(i + 1) for i in face) for face in faces]
    return "\n".join(lines) + "\n"


def off(faces=QUADS, corners=CORNERS, head="OFF\n{} {} 0\n") -> str:
    text = head.format(len(corners), len(faces))
    text += "".join(" ".join(map(str, corner)) + "\n" for corner in corners)
    return text + "".join(" ".join(map(str, (len(face), *face))) + "\n" for face in faces)


def ply_head(kind="ascii", vertices=8, faces=6, more="", index="list uchar int vertex_indices") -> str:
    return (
        f"ply\nformat {kind} 1.0\ncomment made by a test\nelement vertex {vertices}\n"
        f"property float x\nproperty float y\nproperty float z\n{more}"
        f"element face {faces}\nproperty {index}\nend_header\n"
    )


def ply_text(faces=QUADS) -> str:
    text = ply_head(faces=len(faces)) + "".join(" ".join(map(str, corner)) + "\n" for corner in CORNERS)
    return text + "".join(" ".join(map(str, (len(face), *face))) + "\n" for face in faces)


def ply_binary(order="<", faces=QUADS, count="B", index="i", index_list="uchar int") -> bytes:
    kind = "binary_little_endian" if order == "<" else "binary_big_endian"
    data = ply_head(kind, faces=len(faces), index=f"list {index_list} vertex_index").encode()
    data += b"".join(struct.pack(f"{order}3f", *corner) for corner in CORNERS)
    return data + b"".join(
        struct.pack(f"{order}{count}{len(face)}{index}", len(face), *face) for face in faces
    )


def mesh_xml(faces=TRIANGLES, corners=CORNERS) -> str:
    vertices = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in corners)
    triangles = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in faces)
    return f"<mesh><vertices>{vertices}</vertices><triangles>{triangles}</triangles></mesh>"


def model_xml(
    resources: str | None = None, build: str = '<item objectid="1"/>', head: str = "", before: str = ""
) -> str:
    if resources is None:
        resources = f'<object id="1" name="box">{mesh_xml()}</object>'
    return (
        f'{XML}{before}<model xmlns="{CORE}" xmlns:p="{PRODUCTION}" {head}>'
        f"<resources>{resources}</resources><build>{build}</build></model>"
    )


def relations(*targets: str) -> str:
    rows = "".join(
        f'<Relationship Id="r{i}" Type="{RELATION}" Target="{target}"/>' for i, target in enumerate(targets)
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'{XML}<Relationships xmlns="{space}">{rows}</Relationships>'


def zipped(parts: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def threemf(model: str | bytes | None = None, **more: str) -> bytes:
    """A 3MF; `more` are further parts, with ``__`` for a slash and ``_model`` for the ending."""
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": f"{XML}<Types/>",
        "_rels/.rels": relations("/3D/3dmodel.model"),
        "3D/3dmodel.model": model_xml() if model is None else model,
    }
    parts |= {name.replace("__", "/").replace("_model", ".model"): content for name, content in more.items()}
    return zipped(parts)
