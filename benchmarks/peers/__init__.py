"""amprep and other programs and libraries at the same work, in one run: ``python -m benchmarks.peers``.

Each peer is a module with

``NAME``, ``INCLUDES``
    What it is called, and per kind of work (``contours``, ``hatch``) what its time includes.
``THREADS``
    How many it uses.
``missing()``
    Why it cannot run here; empty when it can.
``version()``

A library adds ``load(path)``, ``z_range(body)``, ``cut(body, heights)`` and ``area(section)``, or
``hatcher(points, offsets, pattern)``; a program adds ``slice_file(path, layer_mm, scratch)``.
"""

from __future__ import annotations

import importlib
from types import ModuleType

__all__ = ["HATCHERS", "LIBRARIES", "PROGRAMS", "peer"]

#: Programs that slice, run as a process each.
PROGRAMS = ("prusaslicer", "curaengine")
#: Python libraries that slice.
LIBRARIES = ("manifold3d", "meshlib", "trimesh", "pyslm")
#: What hatches a cross-section.
HATCHERS = ("amprep", "pyslm", "clipper2", "shapely")


def peer(name: str) -> ModuleType:
    """The module of a peer; it loads nothing heavy before it works."""
    return importlib.import_module(f"benchmarks.peers.with_{name}")
