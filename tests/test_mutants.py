"""The bugs that `tools/mutants.py` plants still fit the code, and their copies still parse."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

from mutants import first_failure, read_mutants


def test_every_bug_can_be_planted(repository: Path, tmp_path: Path) -> None:
    found = read_mutants()
    parts = [mutant.part for mutant in found]
    assert min(parts.count(part) for part in ("engine", "sectors", "store")) >= 1
    for mutant in found:
        copy = tmp_path / mutant.file
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(repository / mutant.file, copy)
        mutant.apply(tmp_path)
        text = copy.read_text(encoding="utf-8")
        assert mutant.edits
        assert text != (repository / mutant.file).read_text(encoding="utf-8")
        ast.parse(text)


def test_first_failure_is_found() -> None:
    output = (
        "..F\n=== short test summary info ===\nFAILED tests/test_a.py::test_b[c d] - AssertionE"
    )
    assert first_failure(output) == "test_a.py::test_b[c d]"
    assert first_failure("12 passed in 0.1s\n") == ""
