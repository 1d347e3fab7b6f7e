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


def zip64(parts: dict[str, bytes | str], *, streamed: bool = False) -> bytes:
    """As files of more than 4 GiB are packed: sizes and places in 64 bits, before the data and in the table.

    With `streamed` as by a writer that cannot go back: sizes follow the data.
    """

    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return not streamed

        def seek(self, *_place: int) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    out = Stream() if streamed else io.BytesIO()
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 40, 1
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                with archive.open(name, "w", force_zip64=True) as part:
                    part.write(content if isinstance(content, bytes) else content.encode())
    finally:
        zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits
    data = out.getvalue()
    assert b"PK\x06\x06" in data, "no end of the table with 64 bits"
    return data


def threemf_parts() -> dict[str, bytes | str]:
    return {
        "[Content_Types].xml": f"{XML}<Types/>",
        "_rels/.rels": relations("/3D/3dmodel.model"),
        "3D/3dmodel.model": model_xml(),
    }


def threemf(model: str | bytes | None = None, **more: str) -> bytes:
    """A 3MF; `more` are further parts, with ``__`` for a slash and ``_model`` for the ending."""
    parts = threemf_parts()
    if model is not None:
        parts["3D/3dmodel.model"] = model
    parts |= {name.replace("__", "/").replace("_model", ".model"): content for name, content in more.items()}
    return zipped(parts)


def cylinder_step(radius: float, height: float, unit: str = ".MILLI.") -> bytes:
    """A STEP file with one cylinder; `unit` is the prefix of the metre."""
    r, h = float(radius), float(height)
    length = f"( LENGTH_UNIT() NAMED_UNIT(*) SI_UNIT({unit},.METRE.) )"
    rows = f"""#1=APPLICATION_CONTEXT('automotive design');
#2=APPLICATION_PROTOCOL_DEFINITION('international standard','automotive_design',2000,#1);
#3=PRODUCT_CONTEXT('',#1,'mechanical');
#4=PRODUCT('part','part','',(#3));
#5=PRODUCT_DEFINITION_FORMATION('','',#4);
#6=PRODUCT_DEFINITION_CONTEXT('part definition',#1,'design');
#7=PRODUCT_DEFINITION('design','',#5,#6);
#8=PRODUCT_DEFINITION_SHAPE('','',#7);
#9=SHAPE_DEFINITION_REPRESENTATION(#8,#10);
#10=ADVANCED_BREP_SHAPE_REPRESENTATION('',(#11,#20),#15);
#11=AXIS2_PLACEMENT_3D('',#12,#13,#14);
#12=CARTESIAN_POINT('',(0.,0.,0.));
#13=DIRECTION('',(0.,0.,1.));
#14=DIRECTION('',(1.,0.,0.));
#15=( GEOMETRIC_REPRESENTATION_CONTEXT(3) GLOBAL_UNCERTAINTY_ASSIGNED_CONTEXT((#19))
GLOBAL_UNIT_ASSIGNED_CONTEXT((#16,#17,#18)) REPRESENTATION_CONTEXT('','') );
#16={length};
#17=( NAMED_UNIT(*) PLANE_ANGLE_UNIT() SI_UNIT($,.RADIAN.) );
#18=( NAMED_UNIT(*) SI_UNIT($,.STERADIAN.) SOLID_ANGLE_UNIT() );
#19=UNCERTAINTY_MEASURE_WITH_UNIT(LENGTH_MEASURE(1.E-07),#16,'distance_accuracy_value','');
#20=MANIFOLD_SOLID_BREP('',#21);
#21=CLOSED_SHELL('',(#22,#23,#24));
#22=ADVANCED_FACE('',(#30),#25,.T.);
#23=ADVANCED_FACE('',(#31),#26,.T.);
#24=ADVANCED_FACE('',(#32),#27,.F.);
#25=CYLINDRICAL_SURFACE('',#11,{r!r});
#26=PLANE('',#28);
#27=PLANE('',#11);
#28=AXIS2_PLACEMENT_3D('',#29,#13,#14);
#29=CARTESIAN_POINT('',(0.,0.,{h!r}));
#30=FACE_BOUND('',#33,.T.);
#31=FACE_BOUND('',#34,.T.);
#32=FACE_BOUND('',#35,.F.);
#33=EDGE_LOOP('',(#36,#37,#38,#39));
#34=EDGE_LOOP('',(#40));
#35=EDGE_LOOP('',(#41));
#36=ORIENTED_EDGE('',*,*,#50,.T.);
#37=ORIENTED_EDGE('',*,*,#52,.T.);
#38=ORIENTED_EDGE('',*,*,#51,.F.);
#39=ORIENTED_EDGE('',*,*,#52,.F.);
#40=ORIENTED_EDGE('',*,*,#51,.T.);
#41=ORIENTED_EDGE('',*,*,#50,.T.);
#50=EDGE_CURVE('',#53,#53,#55,.T.);
#51=EDGE_CURVE('',#54,#54,#56,.T.);
#52=EDGE_CURVE('',#53,#54,#57,.T.);
#53=VERTEX_POINT('',#58);
#54=VERTEX_POINT('',#59);
#55=CIRCLE('',#11,{r!r});
#56=CIRCLE('',#28,{r!r});
#57=LINE('',#58,#60);
#58=CARTESIAN_POINT('',({r!r},0.,0.));
#59=CARTESIAN_POINT('',({r!r},0.,{h!r}));
#60=VECTOR('',#13,1.);"""
    return (
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\n"
        "FILE_NAME('part.step','2026-01-01T00:00:00',(''),(''),'','','');\n"
        "FILE_SCHEMA(('AUTOMOTIVE_DESIGN { 1 0 10303 214 1 1 1 1 }'));\nENDSEC;\nDATA;\n"
        f"{rows}\nENDSEC;\nEND-ISO-10303-21;\n"
    ).encode()
