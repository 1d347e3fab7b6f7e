"""What has changed since a job was written: values of its profiles, beside those that ``job.json`` keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amprep.errors import FileContentError
from amprep.model.notice import Notice
from amprep.output.job_folder import COMMIT_MARK
from amprep.output.profile_record import profile_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from amprep.model.job import Job

__all__ = ["remarks_on_changes"]

#: Changes that are told one by one.
_TOLD = 3

#: What decides nothing of a job.
_IDLE = {"aliases", "facts", "name", "path", "sha256"}


def remarks_on_changes(job: Job, folder: Path) -> list[Notice]:
    """W313 when the profiles of a job have other values than when its folder was written.

    Parameters
    ----------
    job : Job
        What ``job.toml`` in the folder describes today.
    folder : Path
        Where that file lies; nothing is said of one that is no complete job.

    """
    if not (folder / COMMIT_MARK).is_file():
        return []
    from amprep.output.job_store import read_job  # loads PyArrow

    try:
        document = read_job(folder)
    except FileContentError:
        return []
    changes = []
    for kind in ("machine", "material", "process"):
        profile = getattr(job, kind)
        then, now = dict(_values(document.get(kind))), dict(_values(profile_record(profile)))
        changes += [
            f"{profile.id}: {key} {_shown(then[key])} → {_shown(now[key])}"
            for key in now
            if key in then and then[key] != now[key]
        ]
    if not changes:
        return []
    text = f"values changed since the folder was written: {', '.join(changes[:_TOLD])}"
    if len(changes) > _TOLD:
        text += f", and {len(changes) - _TOLD} more"
    hint = "the vectors and figures in the folder are those of the old values; job.json has them all"
    return [Notice("W313", text, hint=hint, values={"changed_values": len(changes)})]


def _shown(value: Any) -> str:
    """A value of a profile, numbers without a nought behind the point."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _values(record: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a profile with their places, without grades, ranges and sources."""
    if isinstance(record, dict) and "value" in record:
        yield path, record["value"]
    elif isinstance(record, dict):
        for key, value in record.items():
            if path or key not in _IDLE:
                yield from _values(value, f"{path}.{key}" if path else str(key))
    elif isinstance(record, list) and any(isinstance(one, dict) for one in record):
        for number, value in enumerate(record, start=1):
            yield from _values(value, f"{path}.{number}")
    elif record is not None:
        yield path, record
