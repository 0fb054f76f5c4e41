"""How closely numbers must agree with the references: the policy, and the comparing.

Exact, to the last digit of every draw, where the references were made: the same versions of the
numerical libraries (those of `constraints.txt`) and the same class of processor (its vector
instructions, and how its functions round). Neither calibration nor engine multiplies matrices in
BLAS, so that its threads and kernels do not count. Elsewhere the hashes say nothing, and each step
is judged by what comes before it:

- engine, on the stored posterior rows: 1e-12 of a number's scale, which is its size, or the width
  of its 90 % band if that is larger. Other processors round other last digits; that adds up to
  about 1e-14 over the years.
- calibration: 1e-7 of the posterior's spread (weights of forms and Pareto k: 1e-7; effective
  sample sizes: of their size). Five rounds of adaptation multiply rounding to about 1e-11.
- whole chain: 1e-6 of a number's scale, ten times what the calibration is allowed, since
  a projection depends on several calibrated numbers, and the engine adds nothing of note.

Resampling is a step function of the weights: a difference in their last digits can give a row of
the bank to the neighbouring draw. That moves a mean by about 1e-4 of its spread, so that these
tolerances notice it; `tools/golden.py --distance` counts such rows.
"""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import references
from references import CALIBRATION, ENGINE, HASH, SCENARIOS, Row, Table, digest

TOLERANCES = {ENGINE: 1e-12, CALIBRATION: 1e-7, SCENARIOS: 1e-6}
LIBRARIES = ("numpy", "scipy", "simpy", "arviz-stats")
ENVIRONMENT = "environment.json"
WIDE_IN_C = ("AVX512F", "AVX2_Usable", "AVX2", "AVX_Usable", "FMA_Usable", "FMA", "FMA4")
"""What the C library chooses its mathematical functions by; names differ among its versions."""


@dataclass(frozen=True)
class Policy:
    """How numbers are judged here: `exact`, or with tolerances since `differing` differs."""

    exact: bool
    differing: tuple[str, ...]

    @property
    def text(self) -> str:
        """The policy in words."""
        if self.exact:
            return "exact: same lock and processor class as the references"
        return (
            f"with tolerances: other {', '.join(self.differing)} than the references were made by"
        )

    def tolerance(self, name: str) -> float:
        """Return how far the numbers of a table may move, as a part of their scale."""
        return 0.0 if self.exact else TOLERANCES.get(name, TOLERANCES[CALIBRATION])


@dataclass(frozen=True)
class Move:
    """One number that differs; `distance` is in parts of its scale, infinite if one side lacks it.

    Of the column `hash`, `years` says of which years the hashes differ.
    """

    key: tuple[str, str]
    column: str
    old: float | None
    new: float | None
    distance: float
    years: tuple[int, ...] = ()

    def __str__(self) -> str:
        where = " ".join(part for part in (*self.key, self.column) if part)
        if self.column == HASH:
            years = f" of {', '.join(map(str, self.years))}" if self.years else ""
            return f"{where}{years}: other numbers or draws"
        before, after = ("—" if x is None else repr(x) for x in (self.old, self.new))
        return f"{where}: {before} → {after} ({self.distance:.1e} of its scale)"


def policy_here() -> Policy:
    """Return the policy that this process is judged by."""
    stored, here = stored_environment(), environment()
    differing = tuple(name for name in here if stored.get(name) != here[name])
    return Policy(not differing, differing)


def moves(name: str, old: Table, new: Table, tolerance: float) -> list[Move]:
    """Return what moved in a table by more than the tolerance; with none, hashes count too."""
    kept: list[Move] = []
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key, Row({})), new.get(key, Row({}))
        moved = _row_moves(name, key, before, after)
        if tolerance == 0.0:
            kept += moved
            if before.hash != after.hash and before.numbers.keys() == after.numbers.keys():
                years = _years_that_differ(before.hash, after.hash)
                kept.append(Move(key, HASH, None, None, 0.0, years))
        else:
            kept += [move for move in moved if not move.distance <= tolerance]
    return kept


def greatest(moved: list[Move]) -> float:
    """Return the greatest distance among moves, 0 if there are none."""
    return max((move.distance for move in moved), default=0.0)


def _row_moves(name: str, key: tuple[str, str], before: Row, after: Row) -> Iterator[Move]:
    for column in dict.fromkeys((*before.numbers, *after.numbers)):
        old, new = before.numbers.get(column), after.numbers.get(column)
        if old is None or new is None:
            yield Move(key, column, old, new, math.inf)
        elif old != new and not (math.isnan(old) and math.isnan(new)):
            distance = abs(new - old) / (scale(name, column, before.numbers) or math.nan)
            yield Move(key, column, old, new, math.inf if math.isnan(distance) else distance)


def _years_that_differ(before: str, after: str) -> tuple[int, ...]:
    """Return the years whose hashes differ; none if the hashes are not by year."""
    old, new = before.split(), after.split()
    if len(old) != len(new) or len(old) < 2 or old[0] != new[0]:
        return ()
    pairs = enumerate(zip(old[1:], new[1:], strict=True), int(old[0]))
    return tuple(year for year, (x, y) in pairs if x != y)


def scale(name: str, column: str, numbers: Mapping[str, float]) -> float:
    """Return by what a move of a number is judged."""
    size = abs(numbers[column])
    if name in (ENGINE, SCENARIOS):
        summary, _, year = column.partition(" ")
        of_equal_draws = abs(numbers[f"mean {year}"]) if summary == "sd" else 0.0  # but rounding
        return max(size, numbers[f"p95 {year}"] - numbers[f"p05 {year}"], of_equal_draws)
    if column in ("weight", "pareto_k"):
        return 1.0
    return numbers.get("prior_sd" if column.startswith("prior") else "sd", size) or size


# ---------------------------------------------------------------------- where it runs


def environment() -> dict[str, str]:
    """Return what the last digits depend on: versions, and the class of the processor."""
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{name: version(name) for name in LIBRARIES},
        "system": f"{platform.system()} {platform.machine()}",
        "C library": " ".join(platform.libc_ver()),
        "vector instructions": " ".join(vector_instructions()),
        "rounding of functions": _rounding_of_functions(),
    }


def stored_environment() -> dict[str, str]:
    """Return where the references were made; empty if that is not known."""
    file = references.FOLDER / ENVIRONMENT
    if not file.exists():
        return {}
    stored: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return stored


def vector_instructions() -> list[str]:
    """Return the vector instructions beyond its baseline that numpy uses here."""
    found: list[str] = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return found


def narrow_environment() -> dict[str, str]:
    """Return the environment variables of a process without wide vector instructions."""
    variables = dict(os.environ)
    disabled = [variables.get("NPY_DISABLE_CPU_FEATURES", ""), *vector_instructions()]
    variables["NPY_DISABLE_CPU_FEATURES"] = " ".join(disabled).strip()
    variables["GLIBC_TUNABLES"] = "glibc.cpu.hwcaps=" + ",".join(f"-{name}" for name in WIDE_IN_C)
    return variables


def _rounding_of_functions() -> str:
    """Return a hash of functions at fixed numbers: vector instructions and C libraries differ."""
    from scipy.special import gammaln, log_ndtr, ndtri

    rng = np.random.Generator(np.random.SFC64(2))
    part, score = rng.random(4_096), 8.0 * rng.random(4_096) - 4.0
    functions = (np.exp(score), np.log(part), np.log1p(part), np.expm1(score), part**score)
    special = (ndtri(part), gammaln(part), log_ndtr(score), np.logaddexp(score, part))
    last = (np.asarray(part.sum()), np.arctan(score), np.sqrt(part))
    return digest(*functions, *special, *last, size=6)
