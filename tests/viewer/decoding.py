"""A decoder of the viewer's data that shares nothing with the encoder but the description of the format."""

from __future__ import annotations

import base64
import json
import struct
import zlib


def lines_of(data: str):
    facts, table, *layers = data.split("\n")
    return json.loads(facts), table, layers


def table_of(facts, line: str) -> dict[str, list[float]]:
    raw = zlib.decompress(base64.b64decode(line))
    count = facts["layers"]["count"]
    values = struct.unpack(f"<{len(raw) // 4}f", raw)
    return {name: list(values[i * count : (i + 1) * count]) for i, name in enumerate(facts["columns"])}


def unpacked(packed: bytes, hatched):
    """Vectors as (four ends in steps, part, set, region, laser), and how many hatch vectors there were."""
    raw = zlib.decompress(packed)
    blocks, hatch, path, before = struct.unpack_from("<4I", raw)
    at = 16
    columns = []
    for form, width in (("I", 4), ("H", 2), ("H", 2), ("B", 1), ("B", 1)):
        columns.append(struct.unpack_from(f"<{blocks}{form}", raw, at))
        at += width * blocks
    places = {}
    for kind, count in (("hatch", hatch), ("path", path)):
        planes = []
        for _ in range(4):
            low, high = raw[at : at + count], raw[at + count : at + 2 * count]
            at += 2 * count
            folded = [a + 256 * b for a, b in zip(low, high, strict=True)]
            planes.append([(value >> 1) if value % 2 == 0 else -(value >> 1) - 1 for value in folded])
        places[kind] = planes
    assert at == len(raw)
    for i in range(2, hatch):
        for plane in places["hatch"]:
            plane[i] = (plane[i] + plane[i - 2]) % 65536
    x0, y0, x1, y1 = places["path"]
    for i in range(path):
        if i:
            x0[i] += x1[i - 1]
            y0[i] += y1[i - 1]
        x1[i] += x0[i]
        y1[i] += y0[i]
        for plane in places["path"]:
            plane[i] %= 65536
    found, taken = [], {"hatch": 0, "path": 0}
    for size, part, number, region, laser in zip(*columns, strict=True):
        kind = "hatch" if hatched[region] else "path"
        for i in range(taken[kind], taken[kind] + size):
            ends = tuple(plane[i] % 65536 for plane in places[kind])
            found.append((*ends, part, number, region, laser))
        taken[kind] += size
    assert taken == {"hatch": hatch, "path": path}
    return found, before


def layer_of(facts, line: str):
    return unpacked(base64.b64decode(line), facts["hatched"])
