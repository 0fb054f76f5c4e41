"""What a built distribution holds, and whether the declared dependencies and the pins agree."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

SHIPPED = ("models", "scenarios")


@pytest.fixture(scope="module")
def built(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist of the checkout, and the wheel that is built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(repository)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Any]:
    with (repository / "pyproject.toml").open("rb") as file:
        table: dict[str, Any] = tomllib.load(file)["project"]
    return table


def shipped_files(repository: Path) -> set[str]:
    return {
        file.relative_to(repository).as_posix()
        for folder in SHIPPED
        for file in (repository / folder).rglob("*")
        if file.is_file() and not file.name.startswith(".")
    }


@pytest.mark.slow
def test_wheel_holds_the_package_and_what_it_ships(built: Path, repository: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (entry_points,) = (name for name in names if name.endswith("/entry_points.txt"))
        assert "\nvnjp_sim = " in archive.read(entry_points).decode()
    files = shipped_files(repository)
    assert any(name.startswith("models/observations/") for name in files)
    assert "scenarios/base.yml" in files
    assert {f"vnjp_sim/{name}" for name in (*files, "CITATION.cff")} <= names
    assert {"vnjp_sim/__init__.py", "vnjp_sim/__main__.py", "vnjp_sim/py.typed"} <= names
    info = wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"
    assert {name.split("/")[0] for name in names} == {"vnjp_sim", info}
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/LICENSE-data"} <= names
    assert not [name for name in names if {"tests", "results", "tools"} & set(name.split("/"))]


@pytest.mark.slow
def test_sdist_holds_what_tests_need(built: Path, repository: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    expected = {"README.md", "LICENSE", "LICENSE-data", "constraints.txt", "pyproject.toml"}
    expected |= {"tests/conftest.py", "tests/test_packaging.py", "tools/check_citations.py"}
    expected |= {"benchmarks/__main__.py", "benchmarks/constraints.txt"}
    assert expected | shipped_files(repository) <= names
    folder = repository / "results" / "reference"
    stored = {f.relative_to(repository).as_posix() for f in folder.rglob("*") if f.is_file()}
    assert {name for name in names if name.startswith("results")} == stored
    assert not [name for name in names if name.startswith((".venv", "dist"))]


def test_pins_satisfy_what_is_declared(repository: Path, project: dict[str, Any]) -> None:
    extras = dict(project["optional-dependencies"])
    peers = extras.pop("peers")
    everything = sum(extras.values(), project["dependencies"])
    for file, declared in (
        ("constraints.txt", everything),
        ("benchmarks/constraints.txt", [*project["dependencies"], *extras["charts"], *peers]),
    ):
        pins = read_pins(repository / file)
        for requirement in required(declared):
            name = canonicalize_name(requirement.name)
            assert name in pins, f"{file} does not pin {name}"
            assert pins[name] in requirement.specifier, f"{name}=={pins[name]} breaks {requirement}"


def test_lower_pins_are_the_declared_lower_bounds(
    repository: Path, project: dict[str, Any]
) -> None:
    extras = project["optional-dependencies"]
    declared = sum(
        (extras[name] for name in ("test", "charts", "cluster")), project["dependencies"]
    )
    bounds = {
        canonicalize_name(r.name): Version(s.version)
        for r in required(declared)
        for s in r.specifier
        if s.operator == ">="
    }
    assert read_pins(repository / "constraints-lower.txt") == bounds


def test_version_is_told_once(repository: Path, project: dict[str, Any]) -> None:
    citation = (repository / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\nversion: {project['version']}\n" in citation
    (released,) = re.findall(r"\ndate-released: (\S+)\n", citation)
    assert f"\n## [{project['version']}] - {released}\n" in changelog


def required(declared: list[str]) -> list[Requirement]:
    """Return what is required of others: an extra may name another extra of this project."""
    return [r for r in map(Requirement, declared) if canonicalize_name(r.name) != "vnjp-sim"]


def read_pins(file: Path) -> dict[str, Version]:
    """Return the pins of a constraints file, which holds nothing but `name==version`."""
    pins = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, version = line.partition("==")
            pins[canonicalize_name(name, validate=True)] = Version(version)
    return pins
