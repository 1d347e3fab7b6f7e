"""Kernels compiled by Numba, with its cache in our folder, and made to survive damage there.

Only this module touches Numba's insides. Its cache alone would do for a program that is started seldom: it
is what platforms use where `machine_code` is not supported.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numba
from numba.core import caching

from amprep.kernels.cache_folder import writable_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["compiled_on_call", "object_code"]


def compiled_on_call(function: Callable[..., Any], name: str) -> Any:
    """`function` as Numba's dispatcher; its cache lies in our folder under `name`, if that can be written."""
    dispatcher = numba.njit(nogil=True, error_model="numpy")(function)
    folder = writable_folder()
    if folder is not None and hasattr(dispatcher, "_cache"):
        dispatcher._cache = _Cache(function, folder, name)  # noqa: SLF001
    return dispatcher


def object_code(dispatcher: Any, arguments: tuple[Any, ...]) -> tuple[str, Any, bytes] | None:
    """The function's name in the object file, Numba's type of the result, and the object file.

    None where the kernel was not compiled for such arguments, or where no cache is in use.
    """
    signature = tuple(numba.typeof(argument) for argument in arguments)
    result = dispatcher.overloads.get(signature)
    cache = getattr(dispatcher, "_cache", None)
    if result is None or not isinstance(cache, _Cache):
        return None
    code = cache.objects.get(signature)
    if code is None:
        return None
    return result.fndesc.llvm_func_name, result.signature.return_type, code


class _Locator(caching._CacheLocator):  # type: ignore[misc]  # noqa: SLF001
    """Says where; what the code depends on is in the names, so files need no stamps."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_cache_path(self) -> str:
        return str(self._folder)

    def get_source_stamp(self) -> str:
        return ""

    def get_disambiguator(self) -> str:
        return ""


class _Payload(caching.CompileResultCacheImpl):  # type: ignore[misc]
    """Remembers the object file that passes through on the way to disk or back."""

    def __init__(self, folder: Path, name: str) -> None:
        # The base class would look for a place by itself.
        self._locator = _Locator(folder)
        self._filename_base = name
        self._lineno = 0
        self.objects: dict[Any, bytes] = {}

    def reduce(self, cres: Any) -> Any:
        payload = super().reduce(cres)
        self._remember(payload)
        return payload

    def rebuild(self, target_context: Any, payload: Any) -> Any:
        self._remember(payload)
        return super().rebuild(target_context, payload)

    def _remember(self, payload: Any) -> None:
        (_, kind, data), signature = payload[0], payload[3]
        if kind == "object":
            self.objects[signature.args] = data[0]


class _Cache(caching.FunctionCache):  # type: ignore[misc]
    """Numba's cache, for which a damaged file is a missing one, and a full disk no reason to stop."""

    def __init__(self, function: Callable[..., Any], folder: Path, name: str) -> None:
        self._name = repr(function)
        self._py_func = function
        self._impl = _Payload(folder, name)
        self._cache_path = str(folder)
        self._cache_file = caching.IndexDataCacheFile(str(folder), name, "")
        self._enabled = True

    @property
    def objects(self) -> dict[Any, bytes]:
        return self._impl.objects

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001 (damaged pickles raise anything)
            self._forget()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except Exception:  # noqa: BLE001 (a damaged index, a full disk)
            self._forget()
            with contextlib.suppress(OSError):
                super().save_overload(sig, data)

    def _forget(self) -> None:
        with contextlib.suppress(OSError):
            self._cache_file.flush()
