"""TOML -> validated machines, materials and processes, found by id, alias or path."""

from amprep.profiles.convert import layer_rule
from amprep.profiles.rates import find_rates, rate_of, with_own_rates
from amprep.profiles.store import (
    Source,
    find_machine,
    find_material,
    find_process,
    find_process_by_id,
    is_path,
    list_machines,
    list_materials,
    list_processes,
    list_sources,
    profiles_root,
)
from amprep.profiles.toml_file import validate_toml

__all__ = [
    "Source",
    "find_machine",
    "find_material",
    "find_process",
    "find_process_by_id",
    "find_rates",
    "is_path",
    "layer_rule",
    "list_machines",
    "list_materials",
    "list_processes",
    "list_sources",
    "profiles_root",
    "rate_of",
    "validate_toml",
    "with_own_rates",
]
