"""Product groups: shares of exports or imports as reverting log ratios to the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.figures import levels_of
from vnjp_sim.calibration.observation_model import log_likelihood, sample_truth, two_sided
from vnjp_sim.calibration.path_conditioning import condition
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.planning import ONE_FORM, STATUS_PRIOR, STATUS_SHARES, Planned, Selection
from vnjp_sim.calibration.posteriors import (
    LOG_RATIO,
    LastFigure,
    LawPosterior,
    SharesPosterior,
)
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import RevertingLaw, SharesLaw
from vnjp_sim.sectors.identities import shares_from_log_ratios

FloatArray = NDArray[np.float64]


def plan_shares(selection: Selection, name: str, law: SharesLaw) -> Planned | None:
    """Return the plan of a law of shares; None without any figure."""
    parts = {*law.groups, law.rest}
    wholes = {f.period: f for f in levels_of(selection.of(law.whole), law.whole)}
    figures = [f for f in selection.figures if set(f.indicators) <= parts]
    if not figures:
        selection.missing.append(name)
        return None
    figures = selection.only(
        figures,
        lambda f: f.reported != "growth" and f.of in ("", law.whole),
        f"its law uses only levels and shares of {law.whole}",
    )
    figures = selection.only(
        figures,
        lambda f: f.reported == "share" or f.period in wholes,
        f"there is no figure of {law.whole} for the same period",
    )
    needed = {f.period for f in figures if f.reported != "share"}
    used = {period: whole for period, whole in wholes.items() if period in needed}

    def build(form: str, last_year: int) -> SharesGroup:
        del form
        return SharesGroup(name, law, figures, used, last_year)

    status = {name: STATUS_SHARES if figures else STATUS_PRIOR}
    taken = (*figures, *used.values())
    return Planned(name, ONE_FORM, build, len(figures), status, taken)


class SharesGroup:
    """The log ratio of each group to the rest reverts to its own equilibrium.

    A period in which the whole and every group have a figure conditions all ratios of its year (for
    a part of a year: up to a seasonal deviation of each). Other figures weigh the draw. The whole
    enters only through its own rounding; its growth belongs to the trade group.

    Parameters
    ----------
    name : str
        Of the group.
    law : SharesLaw
        Its priors; all ratios share spread and half-life.
    figures : Sequence[Observation]
        Figures of the groups, or of the rest: levels and shares.
    wholes : Mapping[Period, Observation]
        Figures of the whole, by period; each level of a group has its whole.
    last_year : int
        Last year of history.
    """

    def __init__(
        self,
        name: str,
        law: SharesLaw,
        figures: Sequence[Observation],
        wholes: Mapping[Period, Observation],
        last_year: int,
    ) -> None:
        self.name = name
        self.law = law
        self.figures = tuple(figures)
        self.wholes = wholes
        self.last_year = last_year
        self.complete = self._complete_periods()
        first = min([f.period.year for f in figures], default=last_year)
        self.years = list(range(first, last_year + 1))
        spec = RevertingLaw(
            law="reverting", equilibrium=law.equilibrium, spread=law.spread, half_life=law.half_life
        )
        self.path = PathLaw(name, spec, flow=True, offset=0.5, marginal=True)
        self.dimension = 2
        self.first_years = {f"{name}.path": first}
        self.other_names: frozenset[str] = frozenset()

    def _complete_periods(self) -> dict[int, Period]:
        """Return by year the longest period in which the whole and every group have a figure."""
        widest: dict[int, Period] = {}
        for period in self.wholes:
            if set(self._levels(period)) == set(self.law.groups):
                best = widest.get(period.year)
                if best is None or period.end - period.start > best.end - best.start:
                    widest[period.year] = period
        return widest

    def _levels(self, period: Period) -> dict[str, Observation]:
        """Return the figures that condition the groups of a period; the last of several."""
        return {
            f.indicators[0]: f
            for f in self.figures
            if f.period == period
            and len(f.indicators) == 1
            and f.indicators[0] in self.law.groups
            and two_sided(f)
            and f.reported != "share"
        }

    def evaluate(
        self, scores: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, dict[str, LawPosterior]]:
        """Return log weights and what the posterior keeps; see :mod:`importance`."""
        size = scores.shape[1]
        law = self.law
        spread = law.spread.prior.transform(scores[-2])
        half_life = law.half_life.prior.transform(scores[-1])
        log_weight = np.zeros(size)
        anchors, used = {}, set()
        for year, period in sorted(self.complete.items()):
            anchors[year], derivative = self._condition(period, rng, size)
            log_weight = log_weight - derivative
            used |= {f.key for f in self._levels(period).values()}
        times = [year + 0.5 for year in self.years]
        paths, equilibria = [], []
        values = {"spread": spread, "half_life": half_life}
        for index in range(len(law.groups)):
            at = [year + 0.5 for year in anchors]
            own = (
                np.stack([anchors[year][index] for year in anchors])
                if anchors
                else np.empty((0, size))
            )
            normals = rng.standard_normal((self.path.noise_rows(len(times)), size))
            drawn = condition(self.path, values, at, own, times, normals)
            log_weight = log_weight + drawn.log_density
            paths.append(drawn.value)
            equilibria.append(drawn.permanent[0])
        ratios = np.stack(paths)
        for figure in self.figures:
            if figure.key not in used:
                log_weight = log_weight + self._weigh(figure, ratios, rng)
        posterior = SharesPosterior(law.groups, ratios, np.stack(equilibria), spread, half_life)
        last = max((f.period.last_year for f in self.figures), default=self.years[-1])
        levels = {
            f"{group}.last_figure": LastFigure(
                own[last - self.years[0]], self.name, last + 0.5, LOG_RATIO
            )
            for group, own in zip(law.groups, ratios, strict=True)
        }
        return log_weight, {self.name: posterior, **levels}

    def _condition(
        self, period: Period, rng: np.random.Generator, size: int
    ) -> tuple[FloatArray, FloatArray]:
        """Return the year's log ratios, (group, draw), and log |d levels / d ratios|."""
        by_group = self._levels(period)
        levels = np.stack(
            [sample_truth(by_group[g], rng, size).clip(min=1e-9) for g in self.law.groups]
        )
        whole = sample_truth(self.wholes[period], rng, size)
        rest = np.maximum(whole - levels.sum(axis=0), 1e-9)
        ratios = np.log(levels / rest)
        if period.within_one_year:
            season = self.law.season.prior.transform(np.zeros(1))[0]
            ratios = ratios + season * rng.standard_normal(ratios.shape)
        return ratios, np.log(levels).sum(axis=0) + np.log(rest / whole)

    def _weigh(
        self, figure: Observation, ratios: FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        """Return the log likelihood, (draw,), of a figure that conditioned nothing."""
        row = self.years.index(figure.period.year)
        own = ratios[:, row]
        if figure.period.within_one_year:
            season = self.law.season.prior.transform(np.zeros(1))[0]
            own = own + season * rng.standard_normal(own.shape)
        shares = shares_from_log_ratios(own)
        names = [*self.law.groups, self.law.rest]
        share = sum(shares[names.index(name)] for name in figure.indicators)
        if figure.reported == "share":
            return log_likelihood(figure, 100.0 * np.asarray(share))
        whole = sample_truth(self.wholes[figure.period], rng, ratios.shape[2])
        return log_likelihood(figure, share * whole)
