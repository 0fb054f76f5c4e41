"""The hash of the package's sources, or of some of its rooms."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from vnjp_sim.foundation.packaged import PACKAGE


@lru_cache(maxsize=8)  # sources do not change under a running program
def source_hash(rooms: tuple[str, ...] = (), package: Path = PACKAGE) -> str:
    """Return the hash of all sources, or of those of some rooms of a package folder."""
    files = [file for room in rooms for file in (package / room).rglob("*.py")]
    digest = hashlib.sha256()
    for file in sorted(files) if rooms else sorted(package.rglob("*.py")):
        digest.update(file.relative_to(package).as_posix().encode() + b"\0")
        digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()
