"""The package's sources, or those that one module runs with, and the hash of them."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from vnjp_sim.foundation.packaged import PACKAGE


def source_hash(module: str | None = None, package: Path = PACKAGE) -> str:
    """Return the hash of all sources, or of those in the import closure of a module."""
    files = closure(module, package) if module else sorted(package.rglob("*.py"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(package).as_posix().encode() + b"\0")
        digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()


@lru_cache(maxsize=8)  # sources do not change under a running program
def closure(module: str, package: Path = PACKAGE) -> tuple[Path, ...]:
    """Return the files of a module and of all that it imports of the package, sorted.

    Imports inside functions count, those for type checkers alone do not. A folder's `__init__`
    counts where something is imported from the folder itself.

    Parameters
    ----------
    module : str
        Dotted name, such as `vnjp_sim.calibration`.
    package : Path
        The folder of the package.
    """
    files: set[Path] = set()
    waiting = [_file(module, package)]
    while waiting:
        file = waiting.pop()
        if file is not None and file not in files:
            files.add(file)
            waiting += [_file(name, package) for name in _imported(file, package)]
    return tuple(sorted(files))


def _file(name: str, package: Path) -> Path | None:
    """Return the file that an imported name lies in; None if it is not of the package."""
    first, *parts = name.split(".")
    if first != package.name:
        return None
    for length in range(len(parts), -1, -1):
        place = package.joinpath(*parts[:length])
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            if file.is_file() and file != package.with_suffix(".py"):
                return file
    return None


def _imported(file: Path, package: Path) -> Iterator[str]:
    """Yield the dotted names that a file imports when it runs."""
    waiting: list[ast.AST] = [ast.parse(file.read_bytes(), filename=str(file))]
    folder = [package.name, *file.parent.relative_to(package).parts]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = folder[: len(folder) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            waiting += node.orelse
        elif not isinstance(node, ast.expr):
            waiting += ast.iter_child_nodes(node)
