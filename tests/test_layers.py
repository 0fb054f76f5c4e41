"""The layers of the package: imports go only downward, heavy libraries are imported lazily."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = "vnjp_sim"

LAYERS: tuple[tuple[str, ...], ...] = (
    (
        "errors",
        "vocabulary",
        "arguments",
        "shipped",
        "sources",
        "strict_yaml",
        "checked",
        "encodings",
        "marks",
        "choices",
    ),
    (
        "request",
        "registry",
        "number_text",
        "text_table",
        "evidence",
        "parameters",
        "scenario",
        "scenario_file",
        "scenario_merge",
        "scenario_template",
        "streams",
        "store",
        "whole_files",
        "netcdf_files",
        "targets",
        "levers",
        "links",
    ),
    ("growth", "reporting", "stability", "pairing", "differences"),
    ("sectors",),
    ("explained",),
    ("calibration",),
    ("engine",),
    ("ensemble", "projection", "summaries", "model"),
    ("runs", "figure_uses"),
    ("attribution", "budget", "scenario_requests", "scoring"),
    ("comparison", "achievement"),
    ("compared",),
    ("findings",),
    ("given",),
    ("api",),
    ("tables", "graph", "charts", "exchange"),
    ("effect_tables", "skill_tables"),
    ("report",),
    ("cli",),
    ("__init__", "__main__"),
)
"""From the lowest to the highest; a folder such as `sectors` stands for all its modules."""

LAYER = {family: number for number, families in enumerate(LAYERS) for family in families}

PEERS = frozenset({0, 1})
"""Layers whose modules may import each other, as long as no cycle arises."""

HEAVY = (
    "altair",
    "arviz",
    "arviz_base",
    "arviz_stats",
    "matplotlib",
    "scipy.stats",
    "scoringrules",
    "statsmodels",
    "vl_convert",
)
"""What a module imports where it is used, so that the command line starts quickly."""

START_UP = {"altair", "arviz_stats", "h5netcdf", "numpy", "pandas", "scipy", "simpy", "xarray"}
"""What `import vnjp_sim` alone must not load."""


@dataclass(frozen=True)
class Import:
    """One import of a module: what it names, on which line, whether at run time at top level."""

    name: str
    line: int
    eager: bool


def modules(root: Path) -> dict[str, Path]:
    """Return the modules below a package folder by dotted name, packages without `__init__`."""
    found = {}
    for file in sorted(root.rglob("*.py")):
        parts = (root.name, *file.relative_to(root).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(name: str, file: Path) -> list[Import]:
    """Return all imports of a module: inside functions and under TYPE_CHECKING too."""
    tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
    package = name if file.stem == "__init__" else name.rpartition(".")[0]
    return list(_imports(tree, package, eager=True))


def _imports(node: ast.AST, package: str, *, eager: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, node.lineno, eager)
    elif isinstance(node, ast.ImportFrom):
        base = _base(node, package)
        for alias in node.names:
            yield Import(f"{base}.{alias.name}", node.lineno, eager)
    elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        for child in node.body:
            yield from _imports(child, package, eager=False)
        for child in node.orelse:
            yield from _imports(child, package, eager=eager)
    else:
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from _imports(child, package, eager=eager and not inside)


def _base(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)


def module_of(name: str, known: dict[str, Path]) -> str | None:
    """Return the module that an imported name lies in; None if it is not of the package."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name or None


def family(module: str) -> str:
    """Return the entry of the layer table that a module belongs to."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def faults(root: Path) -> list[str]:
    """Return everything about the imports of a package folder that breaks the layer rule."""
    known = modules(root)
    unlisted = sorted(module for module in known if family(module) not in LAYER)
    if unlisted:
        return [f"{m}: in no layer; add it to LAYERS in {Path(__file__).name}" for m in unlisted]
    found = []
    graph: dict[str, set[str]] = {module: set() for module in known}
    for module, file in known.items():
        for entry in imports(module, file):
            target = module_of(entry.name, known)
            if target is None or target == module:
                continue
            graph[module].add(target)
            if not allowed(family(module), family(target)):
                found.append(
                    f"{file.relative_to(root.parent).as_posix()}:{entry.line}: {module} "
                    f"(layer {LAYER[family(module)]}) imports {target} "
                    f"(layer {LAYER[family(target)]}); an import goes only downward"
                )
        found += hidden_imports(root, file)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found.append("a cycle: " + " -> ".join(reversed(error.args[1])))
    return list(dict.fromkeys(found))


def allowed(importer: str, imported: str) -> bool:
    """Return whether one family of modules may import another; cycles are looked for apart."""
    above, below = LAYER[importer], LAYER[imported]
    return below < above or importer == imported or (below == above and above in PEERS)


def hidden_imports(root: Path, file: Path) -> list[str]:
    """Return the calls that import by a text; only the package's own lazy exports may."""
    if file == root / "__init__.py":
        return []
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [
        f"{file.relative_to(root.parent).as_posix()}:{node.lineno}: imports by a text; "
        "write an import statement, inside the function if it should be late"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in {"import_module", "__import__"}
    ]


def eager_imports(root: Path) -> list[str]:
    """Return the heavy libraries that modules load when they are imported."""
    found = []
    for module, file in modules(root).items():
        for entry in imports(module, file):
            if entry.eager and any(f"{entry.name}.".startswith(f"{heavy}.") for heavy in HEAVY):
                place = file.relative_to(root.parent).as_posix()
                found.append(f"{place}:{entry.line}: imports {entry.name} at top level")
    return found


def test_imports_go_only_downward(repository: Path) -> None:
    found = faults(repository / PACKAGE)
    assert not found, "\n" + "\n".join(found)


def test_heavy_libraries_are_imported_where_they_are_used(repository: Path) -> None:
    found = eager_imports(repository / PACKAGE)
    assert not found, "\n" + "\n".join(found)


def test_exports_resolve_lazily(repository: Path) -> None:
    init = repository / PACKAGE / "__init__.py"
    if not init.is_file() or "__all__" not in init.read_text(encoding="utf-8"):
        pytest.skip("the package exports nothing yet")
    program = f"""
import json, sys
import {PACKAGE} as package
loaded = sorted({START_UP!r} & set(sys.modules))
for name in package.__all__:
    getattr(package, name)
missing = sorted(set(package.__all__) - set(dir(package)))
try:
    package.no_such_name
except AttributeError:
    refused = True
else:
    refused = False
result = dict(names=list(package.__all__), loaded=loaded, missing=missing, refused=refused)
print(json.dumps(result))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["loaded"] == [], "import vnjp_sim alone loads these"
    assert result["missing"] == [], "dir(vnjp_sim) lacks these"
    assert result["refused"], "an unknown name must raise AttributeError"
    assert len(result["names"]) == len(set(result["names"])) <= 20


def write_package(folder: Path, files: dict[str, str]) -> Path:
    root = folder / PACKAGE
    for name, text in {"__init__.py": "", **files}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"growth.py": "from vnjp_sim.errors import Fault", "errors.py": ""}, ""),
        ({"evidence.py": "from vnjp_sim import registry", "registry.py": ""}, ""),
        ({"errors.py": "from vnjp_sim.growth import FORMS", "growth.py": ""}, "only downward"),
        ({"errors.py": "import vnjp_sim.growth", "growth.py": ""}, "only downward"),
        ({"errors.py": "from vnjp_sim import growth", "growth.py": ""}, "only downward"),
        ({"errors.py": "from . import growth", "growth.py": ""}, "only downward"),
        ({"errors.py": "from vnjp_sim import run"}, "only downward"),
        ({"errors.py": "def f():\n    from .growth import FORMS", "growth.py": ""}, "errors.py:2"),
        (
            {
                "errors.py": "if typing.TYPE_CHECKING:\n    import vnjp_sim.growth",
                "growth.py": "",
            },
            "errors.py:2",
        ),
        ({"growth.py": "import vnjp_sim.reporting", "reporting.py": ""}, "only downward"),
        ({"calibration/plan.py": "import vnjp_sim.engine", "engine.py": ""}, "downward"),
        ({"sectors/a.py": "from .b import f", "sectors/b.py": ""}, ""),
        ({"sectors/a.py": "from . import b", "sectors/b.py": "from ..sectors import a"}, "cycle"),
        ({"sectors/a.py": "from .b import f", "sectors/b.py": "from .a import g"}, "cycle"),
        (
            {"registry.py": "import vnjp_sim.evidence", "evidence.py": "from .registry import f"},
            "cycle",
        ),
        (
            {"sectors/__init__.py": "from .a import f", "sectors/a.py": "from . import g"},
            "cycle",
        ),
        ({"novelty.py": ""}, "vnjp_sim.novelty: in no layer"),
        ({"errors.py": "importlib.import_module('vnjp_sim.cli')"}, "imports by a text"),
    ],
)
def test_rule_finds(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    found = "\n".join(faults(write_package(tmp_path, files)))
    assert expected in found if expected else not found


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("import scipy.stats", 1),
        ("from scipy import stats", 1),
        ("from scipy.stats import norm", 1),
        ("try:\n    import altair as alt\nexcept ImportError:\n    alt = None", 1),
        ("class A:\n    import matplotlib.pyplot", 1),
        ("def f():\n    import matplotlib.pyplot", 0),
        ("if TYPE_CHECKING:\n    import altair", 0),
        ("if TYPE_CHECKING:\n    pass\nelse:\n    import altair", 1),
        ("from scipy import special", 0),
    ],
)
def test_rule_finds_heavy_imports(tmp_path: Path, text: str, count: int) -> None:
    assert len(eager_imports(write_package(tmp_path, {"growth.py": text}))) == count
