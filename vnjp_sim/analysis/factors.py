"""What the draws of an ensemble differ by, as far as it has a name: priors, forms, figures.

A prior that no figure bears on is drawn for each run. One of the calibration comes with the row of
the posterior, together with those that its figures tie it to. A figure stands for what it measures:
the number that it would have been, had it been reported without rounding, bound, or error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.effect_words import scenario_words
from vnjp_sim.analysis.power_scaling import drawn_priors
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.simulation.figure_uses import by_period, figure_uses
from vnjp_sim.simulation.fit import truths_of
from vnjp_sim.simulation.projector import Projector

FloatArray = NDArray[np.float64]
Kind = Literal["prior", "calibrated", "form", "figure", "setting"]

MEANINGS: dict[Kind, str] = {
    "prior": "a prior that no figure bears on",
    "calibrated": "a parameter as the figures leave it",
    "form": "which growth form of a law holds",
    "figure": "the number behind a figure",
    "setting": "a macroeconomic indicator",
}


@dataclass(frozen=True)
class Factor:
    """One thing that draws differ by.

    Attributes
    ----------
    name : str
        Of the prior, link, or law; of a figure what it measures, its period and document.
    kind : Kind
        See :data:`MEANINGS`.
    grade : str
        Of the prior; empty for forms and figures.
    drawn : FloatArray
        (draw,) what it is; NaN in draws that do not use it.
    unit, label : str
        Of the values, empty where a form has none; and what it is in words.
    kept : float
        Of a calibrated parameter, the part of its prior's variance that the figures leave; else
        NaN.
    scores : FloatArray | None
        (draw,) the normal scores of which a prior was drawn; of others None.
    """

    name: str
    kind: Kind
    grade: str
    drawn: FloatArray
    unit: str = ""
    label: str = ""
    kept: float = np.nan
    scores: FloatArray | None = None


def factors_of(
    projector: Projector, replaced: Mapping[str, Distribution] | None = None
) -> list[Factor]:
    """Return what the draws of a projector differ by; each factor varies.

    `replaced` are priors of a scenario that stand in place of the model's.
    """

    def made() -> list[Factor]:
        return [one for one in _factors(projector, replaced or {}) if _varies(one.drawn)]

    return made() if replaced else projector.once("factors", made)


def _varies(values: FloatArray) -> bool:
    used = values[~np.isnan(values)]
    return used.size > 1 and bool(np.ptp(used) > 0.0)


def _factors(projector: Projector, replaced: Mapping[str, Distribution]) -> Iterator[Factor]:
    model, posterior, options = projector.model, projector.posterior, projector.options
    labels = model.registry.labels
    streams = RandomStreams(options.seed, 0, options.draws)
    rows = streams.rows(posterior.size)
    for one in posterior.parameters:
        values = np.asarray(posterior.arrays[one.name], np.float64)[rows]
        told = _told(one.name, labels)
        yield Factor(one.name, "calibrated", one.grade, values, one.unit, told, one.kept)
    learnt = {one.name for one in posterior.parameters}
    for prior in drawn_priors(learnt, model.parameters, model.links):
        scores = prior.scores(streams)
        drawn = replaced.get(prior.name, prior.prior).transform(scores)
        told = _told(prior.name, labels)
        if prior.kind == "link":
            link = model.links.links[prior.name]
            ends = (labels.get(end, end) for end in (link.driver, link.response))
            told += f": {' → '.join(ends)}"
        values = np.asarray(drawn)
        yield Factor(prior.name, "prior", prior.grade, values, prior.unit, told, scores=scores)
    for name, array in posterior.arrays.items():
        if name.endswith(".form"):
            values, told = np.asarray(array, np.float64)[rows], _told(name, labels)
            yield Factor(name, "form", "", values, label=told)
    figures = [use.figure for use in sorted(figure_uses(model), key=by_period) if use.used]
    known = truths_of(posterior, model, figures, options.draws, options.seed)
    for figure, truth, _ in known:
        if not isinstance(truth, str):
            what = " + ".join(figure.indicators)
            where = f"{figure.period.text} ({figure.document})"
            told = f"{' + '.join(labels[one] for one in figure.indicators)} {where}"
            yield Factor(f"{what} {where}", "figure", "", truth, label=told)


def _told(name: str, labels: Mapping[str, str]) -> str:
    """Return the name of a prior in words: what follows the id of an indicator, behind its label.

    "oda_commitments.equilibrium" is "ODA commitments to Vietnam: equilibrium".
    """
    first, _, part = name.partition(".")
    if first in labels and part:
        return f"{labels[first]}: {part.replace('_', ' ').replace('.', ' ')}"
    return scenario_words(name.replace(".", "_"))
