"""Jobs of generated parts on machines described by profile files."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from amprep.assembling import assemble_job
from amprep.output.stl import write_stl
from amprep.pipeline import prepare
from amprep.reading.job_file import JobFile
from benchmarks.validation.record import PROFILES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.model.job import Job
    from amprep.model.mesh import Mesh

__all__ = ["job_of", "profile", "stats_of"]


def profile(name: str) -> str:
    """Path of a profile beside this package."""
    return str(PROFILES / f"{name}.toml")


def job_of(mesh: Mesh, positions: Sequence[tuple[float, float]], **rest: Any) -> Job:
    """Copies of a part at places on the platform; `rest` as in a job file."""
    with TemporaryDirectory() as folder:
        write_stl(mesh, Path(folder) / "part.stl")
        parts = [{"file": "part.stl", "unit": "mm", "position_mm": list(at)} for at in positions]
        return assemble_job(JobFile.model_validate({**rest, "parts": parts}), Path(folder))


class Collected:
    """Keeps the scan statistics of a job."""

    def __init__(self) -> None:
        self.plans: list[Any] = []

    def write_layer(self, plan: Any) -> None:
        self.plans.append(plan)


def stats_of(job: Job) -> tuple[Any, Any]:
    """The estimate of a job and its plans, layer by layer."""
    sink = Collected()
    return prepare(job, sinks=[sink]).estimate, sink.plans
