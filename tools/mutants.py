#!/usr/bin/env python3
"""Plant the bugs of mutants.yml in a copy of the package and see which test suites catch them.

    python tools/mutants.py --proof proof --jobs 2                        # all
    python tools/mutants.py --bug "passing shocks stay" --suite golden    # one

Each bug stands alone in a clean copy of the last commit. The suites run in their small size, as
in every test run, first the one that should catch the bug, then the others until one does, or all
with --every. Asked for as the bug "none", the package is run as it is: there no suite may fail.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SUITES = ("invariants", "calibration", "backtest", "fuzz", "crash", "golden")
LONGEST = 1_800
"""Seconds for one suite on one bug; a suite that does not end has caught it."""


@dataclass(frozen=True)
class Mutant:
    """A bug: texts that stand once in a file, and what is put in their place."""

    title: str
    part: str
    suite: str
    file: str
    edits: tuple[tuple[str, str], ...]

    def apply(self, root: Path) -> None:
        """Plant the bug in the copy at `root`; raises ValueError where a text is not there once."""
        file = root / self.file
        text = file.read_text(encoding="utf-8")
        for old, new in self.edits:
            if text.count(old) != 1:
                raise ValueError(f"{self.title}: {old!r} stands {text.count(old)} times in {file}")
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")


AS_IT_IS = Mutant("none", "", "", "pyproject.toml", ())


@dataclass(frozen=True)
class Verdict:
    """What one suite said of one bug: the first test that failed, or nothing."""

    bug: str
    part: str
    file: str
    suite: str
    caught: bool
    by: str
    seconds: float


def main() -> int:
    """Run the suites on the mutants, print the table, and write the verdicts if asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--bug", action="append", help="title of a bug; all if none is given")
    parser.add_argument("--suite", action="append", choices=SUITES, help="all if none is given")
    parser.add_argument("--every", action="store_true", help="go on after a suite caught the bug")
    parser.add_argument("--jobs", type=int, default=1, help="bugs at the same time")
    parser.add_argument("--proof", type=Path, help="folder for mutants.json")
    chosen = parser.parse_args()
    known = {mutant.title: mutant for mutant in (AS_IT_IS, *read_mutants())}
    unknown = set(chosen.bug or ()) - known.keys()
    if unknown:
        parser.error(f"no such bug: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    mutants = [known[title] for title in chosen.bug or list(known)[1:]]
    verdicts: list[Verdict] = []
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for of_bug in pool.map(
            lambda m: examine(m, chosen.suite or SUITES, every=chosen.every), mutants
        ):
            verdicts += of_bug
            if chosen.proof is not None:
                write_verdicts(chosen.proof / "mutants.json", of_bug)
    missed = {m.title for m in mutants} - {v.bug for v in verdicts if v.caught} - {AS_IT_IS.title}
    false = [v for v in verdicts if v.caught and v.bug == AS_IT_IS.title]
    for title in sorted(missed):
        print(f"no suite caught: {title}")
    return int(bool(missed or false))


def write_verdicts(file: Path, verdicts: list[Verdict]) -> None:
    """Write verdicts beside those of other bugs, in the place of older ones on the same bug."""
    file.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(file.read_text(encoding="utf-8"))["verdicts"] if file.exists() else []
    bugs = {verdict.bug for verdict in verdicts}
    kept = [verdict for verdict in known if verdict["bug"] not in bugs]
    text = json.dumps({"verdicts": [*kept, *map(asdict, verdicts)]}, indent=2)
    file.write_text(text + "\n", encoding="utf-8")


def read_mutants() -> list[Mutant]:
    """Return the bugs of mutants.yml."""
    entries: list[dict[str, Any]] = yaml.safe_load(
        Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    )
    return [
        Mutant(
            e["title"],
            e["part"],
            e["suite"],
            e["file"],
            tuple((edit["old"], edit["new"]) for edit in e["edits"]),
        )
        for e in entries
    ]


def examine(mutant: Mutant, suites: Iterable[str], *, every: bool) -> list[Verdict]:
    """Run suites on a copy that holds a bug, up to the first that catches it if not `every`."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        archive = subprocess.run(
            ["git", "-C", str(ROOT), "archive", "--format=tar", "HEAD"],  # noqa: S607
            capture_output=True,
            check=True,
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(root, filter="data")
        mutant.apply(root)
        environment = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
        stored = ROOT / "results" / "calibration"
        if stored.is_dir():  # of use unless the bug is in the calibration, whose key then differs
            shutil.copytree(stored, root / "results" / "calibration")
        calibrate = [sys.executable, "-m", "vnjp_sim", "calibrate"]
        subprocess.run(calibrate, cwd=root, env=environment, capture_output=True, check=False)
        verdicts = []
        for suite in sorted(suites, key=lambda s: s != mutant.suite):
            verdict = run_suite(mutant, suite, root, environment)
            by = verdict.by if verdict.caught else "—"
            print(f"{mutant.title} | {suite} | {by} | {verdict.seconds:.0f} s", flush=True)
            verdicts.append(verdict)
            if verdict.caught and not every:
                break
        return verdicts


def run_suite(mutant: Mutant, suite: str, root: Path, environment: dict[str, str]) -> Verdict:
    """Run one suite up to its first failure."""
    chosen = "calibration and not planted" if suite == "calibration" else suite
    command = [sys.executable, "-m", "pytest", "-m", chosen, "-x", "-p", "no:cacheprovider"]
    begun = time.monotonic()
    try:
        done = subprocess.run(
            [*command, "tests"],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST,
        )
        caught = done.returncode != 0
        by = first_failure(done.stdout) or f"the tests ended with status {done.returncode}"
    except subprocess.TimeoutExpired:
        caught, by = True, f"no end within {LONGEST} s"
    seconds = time.monotonic() - begun
    return Verdict(mutant.title, mutant.part, mutant.file, suite, caught, by, seconds)


def first_failure(output: str) -> str:
    """Return the first failed test of pytest's output; nothing if it names none."""
    match = re.search(r"^(?:FAILED|ERROR) (?:tests/)?(.+?)(?: - .*)?$", output, re.MULTILINE)
    return match[1] if match else ""


if __name__ == "__main__":
    sys.exit(main())
