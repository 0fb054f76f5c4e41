"""What answers to questions of decisions show of themselves: tables, pictures, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.shown import Tabled, drawn

if TYPE_CHECKING:
    import altair as alt


class ShownReach(Tabled):
    """A goal along levers in a notebook."""

    @settled
    def plot(self, **look: Any) -> alt.VConcatChart:
        """Draw the chance along each lever; see :func:`vnjp_sim.charts.reach`.

        Raises InputError, EnvironmentFailureError.
        """
        return drawn(self, **look)


class ShownRegret(Tabled):
    """Policies over many futures in a notebook."""

    @settled
    def plot(self, **look: Any) -> alt.VConcatChart:
        """Draw what is best how often, and the regret; see :func:`vnjp_sim.charts.regret`.

        Raises InputError, EnvironmentFailureError.
        """
        return drawn(self, **look)


class ShownSensitivities(Tabled):
    """Shares of variance in a notebook."""

    @settled
    def plot(
        self, indicator: str | None = None, year: int | None = None, **look: Any
    ) -> alt.VConcatChart:
        """Draw what leads in a year; see :func:`vnjp_sim.charts.sensitivity`.

        By default for the first indicator in the last year. Raises InputError,
        EnvironmentFailureError.
        """
        return drawn(self, indicator, year, **look)


class ShownLookup(Tabled):
    """What to look up next in a notebook."""

    @settled
    def plot(self, **look: Any) -> alt.VConcatChart:
        """Draw what narrows the answer, and by how much; see :func:`vnjp_sim.charts.lookup`.

        Raises InputError, EnvironmentFailureError.
        """
        return drawn(self, **look)


class ShownDiscovery(Tabled):
    """What has to be true, in a notebook."""

    @settled
    def plot(self, **look: Any) -> alt.VConcatChart:
        """Draw the conditions and the chance there; see :func:`vnjp_sim.charts.discovery`.

        Raises InputError, EnvironmentFailureError.
        """
        return drawn(self, **look)
