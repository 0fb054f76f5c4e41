"""The examples in docstrings of the public names: each function has one, and all run."""

from __future__ import annotations

import doctest
import inspect
from pathlib import Path

import pytest

import vnjp_sim


def test_every_public_function_has_an_example_that_runs(
    repository: Path, calibrated_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "results").symlink_to(calibrated_out)
    (tmp_path / "docs").symlink_to(repository / "docs")
    monkeypatch.chdir(tmp_path)
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
    for name in vnjp_sim.__all__:
        public = getattr(vnjp_sim, name)
        found = finder.find(public, name, module=False, globs={})
        examples = [one for one in found if one.examples]
        assert examples or not inspect.isfunction(public), f"{name} has no example"
        for one in examples:
            failed, _ = runner.run(one)
            assert not failed, f"the example of {name} is not true"
