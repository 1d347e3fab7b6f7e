"""A profile as plain data for ``job.json``: every value with source and grade, paths left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

__all__ = ["profile_record"]


def profile_record(profile: Any) -> Any:
    """Dataclasses and mappings as dictionaries, tuples as lists, and of a path the name alone."""
    if is_dataclass(profile) and not isinstance(profile, type):
        record = {}
        for field in fields(profile):
            value = getattr(profile, field.name)
            record[field.name] = Path(value).name if field.name == "path" else profile_record(value)
        return record
    if isinstance(profile, Mapping):
        return {str(key): profile_record(value) for key, value in profile.items()}
    if isinstance(profile, (list, tuple)):
        return [profile_record(value) for value in profile]
    return profile
