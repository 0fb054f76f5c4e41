"""The design of a sweep, as its file states it: a scenario, the axes, and how points are chosen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.inputs.design_axes import Axis
from vnjp_sim.inputs.schema import Checked, Id, Name, Text, check
from vnjp_sim.inputs.strict_yaml import StrictYaml, read_yaml

MAX_POINTS = 100_000
MAX_AXES = 16
MAX_SEED = 2**63 - 1
POINT, QUANTILE = "point", "quantile"
"""Dimensions of the results of a sweep, beside year and draw."""
CELLS = ("mean", "sd", *QUANTILES)
"""What is kept of the draws of a year, along the dimension `quantile`."""

Ids = Annotated[tuple[Id, ...], Field(strict=False)]


class DesignFile(Checked):
    """The content of a design file.

    `points` and `seed` say how many points a Latin hypercube or a Sobol sequence has, and which.
    """

    name: Name
    title: Text = Field(min_length=1, max_length=200)
    scenario: Text = Field(min_length=1)
    method: Literal["grid", "latin_hypercube", "sobol"]
    points: int | None = Field(default=None, ge=1, le=MAX_POINTS)
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED)
    indicators: Ids = ()
    keep: Literal["quantiles", "draws"] = "quantiles"
    axes: list[dict[Id, Any]] = Field(min_length=1, max_length=MAX_AXES)


@dataclass(frozen=True)
class Design:
    """A design that was checked against a model.

    Attributes
    ----------
    content : DesignFile
        What its file says.
    document : StrictYaml
        Where it says it.
    axes : tuple[Axis, ...]
        In the order of the file.
    """

    content: DesignFile
    document: StrictYaml
    axes: tuple[Axis, ...]

    @property
    def count(self) -> int:
        """The number of points."""
        if self.content.points is not None:
            return self.content.points
        return math.prod(len(axis.values) or axis.steps for axis in self.axes)

    def check_grid(self) -> None:
        """Refuse a design whose points make no cube; raises InputError."""
        if self.content.method != "grid":
            what = f"the points of a {self.content.method} make no cube"
            raise InputError([self.document.refusal(("method",), what, "choose method: grid")])


def read_design(file: Path) -> tuple[DesignFile, StrictYaml]:
    """Read a design file, as far as the model is not needed; raises InputError."""
    document = read_yaml(file)
    return check(DesignFile, document), document


def scenario_of_design(content: DesignFile, file: Path) -> str:
    """Return the request for the scenario: a shipped name, or a path seen from the file."""
    path = Path(content.scenario)
    is_path = path.suffix in (".yml", ".yaml") or len(path.parts) > 1
    return str(file.parent / path) if is_path else content.scenario
