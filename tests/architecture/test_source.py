"""House rules that a tool for style does not know: sizes, names, ``__all__``, docstrings, codes, the tree."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from amprep.errors import CODES

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "amprep"
MODULES = sorted(SOURCE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}

MOST_LINES_OF_A_MODULE = 500
MOST_LINES_OF_A_FUNCTION = 60
FORBIDDEN_NAMES = {"utils", "util", "common", "misc", "core", "helpers", "helper", "slice", "cli_format"}
# In parts, so that this file does not hold what it looks for.
REGISTRY_HOSTS = [
    ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("conda", "anaconda", "org"))
]
MACHINE_PLACES = re.compile(r"(?<![\w.~$}])/(?:work|root|home|Users|mnt|tmp)/[\w.]")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE.parent).as_posix()


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def public(tree: ast.Module) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Public functions, classes and their public methods, with dotted names; properties included."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                for member in node.body:
                    if isinstance(member, Function) and not member.name.startswith("_"):
                        yield f"{node.name}.{member.name}", member


def is_kernel_module(path: Path) -> bool:
    return path.parent.name == "kernels"


def tracked() -> list[Path]:
    """Files of the tree; without git, what lies in its usual folders."""
    try:
        listing = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no checkout, so what belongs to the tree is not known")
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def test_there_is_source_to_look_at():
    assert len(MODULES) > 50


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_too_long(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES_OF_A_MODULE, f"{name_of(path)} has {lines} lines"


def length_without_docstring(node: Function) -> int:
    length = node.end_lineno - node.lineno + 1
    if ast.get_docstring(node) is not None:
        text = node.body[0]
        length -= text.end_lineno - text.lineno + 1
    return length


def test_no_function_is_too_long_but_for_kernels():
    long = [
        f"{name_of(path)}:{node.lineno}: {node.name} has {length_without_docstring(node)} lines"
        for path, tree in TREES.items()
        if not is_kernel_module(path)
        for node in functions(tree)
        if length_without_docstring(node) > MOST_LINES_OF_A_FUNCTION
    ]
    assert not long, "\n".join(long)


def test_no_module_has_a_name_that_says_nothing():
    """`amprep.cli.slice` is inside of the command line, so it hides no builtin from the library."""
    allowed = {SOURCE / "cli" / "slice.py"}
    bad = [
        name_of(path)
        for path in MODULES
        if path not in allowed and {path.stem, *path.relative_to(SOURCE).parent.parts} & FORBIDDEN_NAMES
    ]
    assert not bad, bad


def exported(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            return ast.literal_eval(node.value)
    return None


def top_level_names(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, Function | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_all_names_what_is_public(path):
    """Commands are reached through their `typer.Typer`, so they need no place in it."""
    tree = TREES[path]
    names = exported(tree)
    defined = {
        node.name
        for node in tree.body
        if isinstance(node, Function | ast.ClassDef)
        and not node.name.startswith("_")
        and not any(".command(" in ast.unparse(decorator) for decorator in node.decorator_list)
    }
    if names is None:
        assert not defined, f"{name_of(path)} has no __all__, but {sorted(defined)}"
        return
    assert len(set(names)) == len(names), "a name stands twice"
    missing = set(names) - top_level_names(tree)
    assert not missing, f"{name_of(path)}: __all__ names {sorted(missing)}, which is not there"
    hidden = defined - set(names)
    assert not hidden, f"{name_of(path)}: {sorted(hidden)} is public, but not in __all__"


def test_what_packages_export_can_be_imported():
    import importlib

    for path in MODULES:
        if path.name == "__init__.py":
            module = importlib.import_module(".".join(path.relative_to(SOURCE.parent).parent.parts))
            for name in getattr(module, "__all__", []):
                assert hasattr(module, name), f"{module.__name__}.{name}"


def test_everything_public_has_a_docstring():
    """But for properties and fields whose name and unit say it all."""
    bare = []
    for path, tree in TREES.items():
        if ast.get_docstring(tree) is None:
            bare.append(f"{name_of(path)}: the module")
        for name, node in public(tree):
            decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
            if ast.get_docstring(node) is None and not decorators & {"property", "overload"}:
                bare.append(f"{name_of(path)}:{node.lineno}: {name}")
    assert not bare, "\n".join(bare)


def test_properties_with_arrays_give_shape_and_unit():
    bare = [
        f"{name_of(path)}:{node.lineno}: {name}"
        for path, tree in TREES.items()
        for name, node in public(tree)
        if isinstance(node, Function)
        and "property" in {ast.unparse(decorator) for decorator in node.decorator_list}
        and node.returns is not None
        and "NDArray" in ast.unparse(node.returns)
        and not re.match(r"\(.+\) (float|int|uint|bool)\d*", ast.get_docstring(node) or "")
    ]
    assert not bare, "\n".join(bare)


def test_public_kernels_describe_their_arrays_with_shapes():
    shape = re.compile(r"\(\w[\w +*]*,[\w +*, ]*\) (float|int|uint|bool)")
    bare = [
        f"{name_of(path)}:{node.lineno}: {name}"
        for path, tree in TREES.items()
        if is_kernel_module(path)
        for name, node in public(tree)
        if isinstance(node, Function)
        and "kernel" in {ast.unparse(decorator) for decorator in node.decorator_list}
        and any("NDArray" in ast.unparse(a.annotation) for a in node.args.args if a.annotation)
        and not shape.search(ast.get_docstring(node) or "")
    ]
    assert not bare, "\n".join(bare)


def test_nothing_is_printed():
    prints = [
        f"{name_of(path)}:{node.lineno}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not prints, f"print in {prints}"


def test_no_fault_is_swallowed_but_at_the_rim():
    """Bare and broad handlers, unless they only clean up and raise again.

    The one rim is the user's: faults become messages. The other is that of a worker process: its caller
    raises what it sends.
    """
    broad = []
    for path, tree in TREES.items():
        if path in {SOURCE / "cli" / "guard.py", SOURCE / "engines" / "processes.py"}:
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = (
                {"BaseException"} if node.type is None else set(re.findall(r"\w+", ast.unparse(node.type)))
            )
            raises = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            if caught & {"Exception", "BaseException"} and not raises:
                broad.append(f"{name_of(path)}:{node.lineno}")
    assert not broad, f"broad except in {broad}"


def code_uses() -> dict[str, list[str]]:
    """Every text of the form of a code in the source, but for the table itself."""
    uses: dict[str, list[str]] = {}
    for path, tree in TREES.items():
        if path == SOURCE / "errors.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for code in re.findall(r"^[EW]\d{3}$", node.value):
                    uses.setdefault(code, []).append(f"{name_of(path)}:{node.lineno}")
    return uses


def test_every_code_that_is_used_is_listed():
    unknown = {code: places for code, places in code_uses().items() if code not in CODES}
    assert not unknown, unknown


def test_every_code_that_is_listed_is_used():
    unused = sorted(set(CODES) - set(code_uses()))
    assert not unused, f"nothing raises {unused}"


def test_no_number_of_a_code_is_used_twice():
    numbers = [code[1:] for code in CODES]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    assert not twice, f"both E and W: {twice}"


def test_errors_are_raised_with_codes_of_errors_and_notices_with_codes_of_warnings():
    classes = {
        "UsageError": "E1",
        "MeshError": "E2",
        "FileContentError": "E3",
        "BuildError": "E4",
        "OutputError": "E5",
        "InternalError": "E7",
        "Notice": "W",
    }
    wrong = []
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            wanted = classes.get(node.func.id)
            if wanted is None:
                continue
            given = [key.value for key in node.keywords if key.arg == "code"]
            given += node.args[:1] if node.func.id == "Notice" else []
            wrong += [
                f"{name_of(path)}:{node.lineno}: {node.func.id} with {value.value}"
                for value in given
                if isinstance(value, ast.Constant) and not str(value.value).startswith(wanted)
            ]
    assert not wrong, "\n".join(wrong)


def test_docstrings_name_only_codes_that_are_listed():
    wrong = [
        f"{name_of(path)}: {code}"
        for path in MODULES
        for code in re.findall(r"\b[EW][1-7]\d\d\b", path.read_text(encoding="utf-8"))
        if code not in CODES
    ]
    assert not wrong, "\n".join(wrong)


def test_no_file_names_a_registry_or_a_place_on_one_machine():
    wrong = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if any(host in line for host in REGISTRY_HOSTS) or MACHINE_PLACES.search(line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:90]}")
    assert not wrong, "\n".join(wrong)


def test_the_version_is_found_where_the_build_looks_for_it():
    from amprep.version import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" in project["project"]["dynamic"]
    text = (ROOT / project["tool"]["hatch"]["version"]["path"]).read_text(encoding="utf-8")
    # The pattern that the build backend uses unless told otherwise.
    found = re.search(r'(?im)^(?:__version__|VERSION)(?:: str)? *= *([\'"])v?(?P<version>.+?)\1', text)
    assert found is not None
    assert found["version"] == __version__
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?(\.dev\d+)?", __version__)


def test_profiles_are_shipped_in_the_wheel():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {"machine_profiles": "amprep/machine_profiles"}
    assert (ROOT / "machine_profiles" / "sources.toml").is_file()
