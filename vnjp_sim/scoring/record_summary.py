"""How the entries of a record did together: their scores as tables, pooled, and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.foundation.shown import Tabled
from vnjp_sim.inputs.number_text import count_text, fixed
from vnjp_sim.scoring.record_scores import ScoredFigure
from vnjp_sim.scoring.scores import COVERAGES, Pooled, inside, pool
from vnjp_sim.storage.record_entries import SHORT_HASH

if TYPE_CHECKING:
    import pandas as pd

BY = ("indicator", "lead", "entry")
"""What scores are pooled by."""


@dataclass(frozen=True, repr=False)
class RecordScores(Tabled):
    """How the entries of a record did.

    Attributes
    ----------
    figures : tuple[ScoredFigure, ...]
        What was said of each figure that became known after an entry.
    left_out : Mapping[str, int]
        How many later figures are not scored, by the reason.
    entries : int
        That were asked about.
    """

    figures: tuple[ScoredFigure, ...]
    left_out: Mapping[str, int]
    entries: int

    def table(self) -> pd.DataFrame:
        """Return a row a figure and entry.

        Returns
        -------
        pandas.DataFrame
            Columns entry, scenario, day, indicator, label, unit, period, published, document,
            printed; last_known and years_ahead (of the last value known then); value (the mean of
            what the figure says), low, median, high (of the 90 % interval), inside, pit; crps and
            crps_naive (log points), ratio of the two.
        """
        import pandas as pd

        return pd.DataFrame([_row(one) for one in self.figures], columns=list(COLUMNS))

    def pooled(self) -> dict[str, Pooled]:
        """Return the scores of the entries and of the last value over all figures, by method."""
        return pool(score for one in self.figures for score in (one.model, one.naive))

    def by(self, what: str) -> pd.DataFrame:
        """Return pooled scores by "indicator", "lead" (whole years ahead) or "entry".

        Returns
        -------
        pandas.DataFrame
            Columns the group, figures, within_50, within_80, within_90, within_95 (shares), crps,
            crps_naive, ratio, bias (by what part figures were above the medians on average).
            Raises InputError for another word.
        """
        import pandas as pd

        if what not in BY:
            raise InputError.single("by", f"'{what}' is not known", did_you_mean(what, BY))
        groups: dict[Any, list[ScoredFigure]] = {}
        for one in self.figures:
            key = {"indicator": one.label, "lead": one.lead, "entry": _entry_words(one)}[what]
            groups.setdefault(key, []).append(one)
        order = sorted(groups) if what == "lead" else list(groups)
        return pd.DataFrame([{what: key, **_pooled(groups[key])} for key in order])

    @property
    def finding(self) -> str:
        """The scores in words."""
        if not self.figures:
            return "No figure has become known since that can be scored"
        whole = _pooled(self.figures)
        within = round(whole["within_90"] * len(self.figures)) or "none"
        far = "closer than" if whole["ratio"] < 1.0 else "no closer than"
        return (
            f"Of {count_text(len(self.figures), 'figure')} known since then, {within} lie in the "
            f"90 % interval; the projections were {far} the last value (CRPS "
            f"{fixed(whole['ratio'], 2)} of its)"
        )

    def __repr__(self) -> str:
        return f"<RecordScores: {self.finding}>"


COLUMNS = (
    *("entry", "scenario", "day", "indicator", "label", "unit", "period", "published", "document"),
    *("printed", "last_known", "years_ahead", "value", "low", "median", "high", "inside", "pit"),
    *("crps", "crps_naive", "ratio"),
)


def _row(one: ScoredFigure) -> dict[str, Any]:
    figure = one.figure
    words = (one.entry, one.scenario, one.day, figure.indicators[0], one.label, one.unit)
    source = (figure.period.text, one.published, figure.document, f"{figure.printed} {figure.unit}")
    numbers = (one.last, one.ahead, one.value, one.low, one.median, one.high, one.inside)
    crps, naive = one.model.crps, one.naive.crps
    scores = (one.model.pit, crps, naive, crps / naive)
    return dict(zip(COLUMNS, (*words, *source, *numbers, *scores), strict=True))


def _entry_words(one: ScoredFigure) -> str:
    return f"{one.day} {one.scenario} {one.entry[:SHORT_HASH]}"


def _pooled(figures: Sequence[ScoredFigure]) -> dict[str, Any]:
    """Return the scores of some figures together."""
    pit = np.array([one.model.pit for one in figures])
    crps = float(np.mean([one.model.crps for one in figures]))
    naive = float(np.mean([one.naive.crps for one in figures]))
    over = np.mean([np.log(one.value / one.median) for one in figures])
    return {
        "figures": len(figures),
        **{f"within_{round(100 * c)}": float(inside(pit, c).mean()) for c in COVERAGES},
        "crps": crps,
        "crps_naive": naive,
        "ratio": crps / naive,
        "bias": float(np.expm1(over)),
    }
