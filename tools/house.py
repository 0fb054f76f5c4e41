"""Count how the package is built: its rooms, the imports between them, sizes, and names typed in.

A room is a folder of the package, or a file at its top. `python tools/house.py [ROOT]` prints the
counts of a checkout; tests hold the rules.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "vnjp_sim"
FLOORS: tuple[tuple[str, ...], ...] = (
    ("foundation",),
    ("storage",),
    ("inputs",),
    ("sectors",),
    ("calibration",),
    ("simulation",),
    ("analysis", "scoring"),
    ("session",),
    ("api", "decisions", "living_record", "references"),
    ("exchange", "charts", "tables"),
    ("report", "notebook"),
    ("explorer",),
    ("cli",),
    ("__init__", "__main__"),
)
"""The rooms from the lowest floor to the highest. An import goes only downward."""

FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


@dataclass(frozen=True)
class Import:
    """One import of a module: what it names, on which line, whether at run time at top level."""

    name: str
    line: int
    eager: bool


def modules(package: Path) -> dict[str, Path]:
    """Return the modules below a package folder by dotted name, packages without `__init__`."""
    names = {}
    for file in sorted(package.rglob("*.py")):
        parts = (package.name, *file.relative_to(package).with_suffix("").parts)
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return names


def parsed(file: Path) -> ast.Module:
    """Return the syntax tree of a file, for reading alone; parsed once while it does not change."""
    return _parsed(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=2_000)
def _parsed(file: Path, _changed: int) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def imports(name: str, file: Path) -> list[Import]:
    """Return all imports of a module: inside functions and under TYPE_CHECKING too."""
    package = name if file.stem == "__init__" else name.rpartition(".")[0]
    return list(_imports(parsed(file), package, eager=True))


def _imports(node: ast.AST, package: str, *, eager: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, node.lineno, eager)
    elif isinstance(node, ast.ImportFrom):
        base = _base(node, package)
        for alias in node.names:
            yield Import(f"{base}.{alias.name}", node.lineno, eager)
    elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        for late in node.body:
            yield from _imports(late, package, eager=False)
        for other in node.orelse:
            yield from _imports(other, package, eager=eager)
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


def room_of(module: str) -> str:
    """Return the room that a module stands in."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def edges(package: Path) -> Iterator[tuple[str, str, int]]:
    """Yield which module imports which other one of the package, and the line."""
    known = modules(package)
    for module, file in known.items():
        for entry in imports(module, file):
            target = module_of(entry.name, known)
            if target is not None and target != module:
                yield module, target, entry.line


def arrows(package: Path) -> set[tuple[str, str]]:
    """Return which room imports from which other one."""
    pairs = {(room_of(a), room_of(b)) for a, b, _ in edges(package)}
    return {(a, b) for a, b in pairs if a != b}


def cycle(pairs: set[tuple[str, str]]) -> list[str]:
    """Return one cycle of imports; empty if there is none."""
    graph: dict[str, set[str]] = {}
    for a, b in pairs:
        graph.setdefault(a, set()).add(b)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def longest_functions(package: Path) -> list[tuple[int, str]]:
    """Return the lines and the places of all functions, the longest first."""
    return sorted(
        (
            ((node.end_lineno or 0) - node.lineno + 1, f"{name}.{node.name}")
            for name, file in modules(package).items()
            for node in ast.walk(parsed(file))
            if isinstance(node, ast.FunctionDef)
        ),
        reverse=True,
    )


def largest_files(package: Path) -> list[tuple[int, str]]:
    """Return the lines and the places of all files, the largest first."""
    files = modules(package).values()
    sizes = [
        (len(f.read_text(encoding="utf-8").splitlines()), str(f.relative_to(package.parent)))
        for f in files
    ]
    return sorted(sizes, reverse=True)


def typed_indicators(root: Path) -> Counter[str]:
    """Return how many names of indicators each file outside `sectors/` has typed in.

    A name counts where a string of the code is just it, not where a text mentions it.
    """
    text = (root / "models" / "indicators.yml").read_text(encoding="utf-8")
    indicators = frozenset(yaml.safe_load(text)["indicators"])
    counts: Counter[str] = Counter()
    package = root / PACKAGE
    for name, file in modules(package).items():
        if room_of(name) != "sectors":
            for node in ast.walk(parsed(file)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    counts[str(file.relative_to(root))] += node.value in indicators
    return +counts


def main(root: Path) -> None:
    """Print the counts of a checkout."""
    package = root / PACKAGE
    pairs = arrows(package)
    rooms = {room_of(name) for name in modules(package)}
    upward = sorted((a, b) for a, b in pairs if FLOOR.get(b, 0) > FLOOR.get(a, 99))
    top = list(package.glob("*.py"))
    typed = typed_indicators(root)
    print(f"rooms {len(rooms)}, arrows {len(pairs)}, upward {len(upward)}")
    print(f"cycle of rooms: {' -> '.join(cycle(pairs)) or 'none'}")
    print(f"files at the top {len(top)}, files {len(modules(package))}")
    print("largest files: " + ", ".join(f"{n} {f}" for n, f in largest_files(package)[:5]))
    print("longest functions: " + ", ".join(f"{n} {f}" for n, f in longest_functions(package)[:5]))
    print(f"names of indicators typed in outside sectors/: {typed.total()}")
    for file, count in typed.most_common():
        print(f"  {count:4} {file}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT)
