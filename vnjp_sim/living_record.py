"""The living record in Python: projections stored with their day, and how they did since."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from vnjp_sim.analysis.moved_rows import MOVE_COLUMNS, moved_rows
from vnjp_sim.analysis.moves import Later, Move, move_of
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.choices import id_asked, names_asked
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.foundation.shown import Shown, drawn
from vnjp_sim.scoring.record_scores import all_scored
from vnjp_sim.scoring.record_summary import RecordScores
from vnjp_sim.session import Named, Session
from vnjp_sim.simulation.calibrated import posterior_of
from vnjp_sim.simulation.model_data import load_model
from vnjp_sim.simulation.progress import QUIET, Progress
from vnjp_sim.simulation.record_entry import (
    ENTRY_COLUMNS,
    add_entry,
    day_of,
    entry_row,
    model_of_entry,
    scenario_to_record,
    today,
)
from vnjp_sim.simulation.request import (
    DEFAULT_OUT,
    Asked,
    Request,
    takes_options,
)
from vnjp_sim.simulation.summaries import MILESTONES
from vnjp_sim.storage.atomic import check_free
from vnjp_sim.storage.record_entries import (
    SHORT_HASH,
    StoredEntry,
    check_folder,
    list_entries,
)

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

DEFAULT_RECORD = Path("record")
"""Beside the results folder."""


class Record(Shown):
    """A folder of projections, each with the day on which it was made and all that was known.

    Parameters
    ----------
    folder : str | Path
        Of the record; it need not exist.
    models : str | Path | None
        The models folder whose figures entries are held against; the shipped one by default.
    out : str | Path
        The results folder, in which calibrations are looked for and kept.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> record = vj.record("record")
    >>> added = record.add("base", draws=500)  # or as of an earlier day: as_of="2024-01-01"
    >>> scores = record.score()  # on figures published later, of which there are none today
    """

    @settled
    def __init__(
        self,
        folder: str | Path = DEFAULT_RECORD,
        *,
        models: str | Path | None = None,
        out: str | Path = DEFAULT_OUT,
        progress: Progress = QUIET,
    ) -> None:
        self.folder, self.out = Path(folder), Path(out)
        self.models = None if models is None else Path(models)
        self.progress = progress

    @takes_options
    @settled
    def add(
        self, scenarios: Named | Sequence[Named] = "base", **options: Unpack[Asked]
    ) -> pd.DataFrame:
        """Store the projections of today, or of a day with `as_of`; nothing is ever replaced.

        Each begins in the last year of history, whatever the scenario's own first year.

        Parameters
        ----------
        scenarios : Named | Sequence[Named]
            As for :func:`vnjp_sim.run`.
        draws, seed, horizon, models, as_of, evidence, out, workers, cluster
            As for :func:`vnjp_sim.run`; `models` and `out` are by default those of the record, and
            all draws are kept (at most 10,000).

        Returns
        -------
        pandas.DataFrame
            The entries, as :meth:`entries` has them, and `new`: whether they were stored now.

        Raises
        ------
        InputError, CalibrationGateError, EnvironmentFailureError
            See :func:`vnjp_sim.run`.
        """
        import pandas as pd

        check_folder(self.folder)
        check_free(self.folder / "new")
        given = {name: value for name, value in options.items() if value is not None}
        request = Request.of(scenarios, **{"models": self.models, "out": self.out, **given})
        session = Session(**request.asked)
        model, progress = session.model, self.progress
        asked = [scenario_to_record(one, model, request.options) for one in request.scenarios]
        session.posterior, _ = posterior_of(model, request.out, progress)
        added = [
            add_entry(session.projector, one, self.folder, progress.projecting) for one in asked
        ]
        return pd.DataFrame([{**entry_row(entry), "new": new} for entry, new in added])

    def entries(self) -> pd.DataFrame:
        """Return the entries by day.

        Returns
        -------
        pandas.DataFrame
            Columns entry (hash of its content), scenario, day, added, as_of, evidence, draws, seed,
            first_year, last_year, figures, calibration, run, version, folder.

        Raises
        ------
        InputError, EnvironmentFailureError
            The folder cannot be read, or an entry was changed since it was written.
        """
        import pandas as pd

        rows = [entry_row(entry) for entry in list_entries(self.folder)]
        return pd.DataFrame(rows, columns=list(ENTRY_COLUMNS))

    @settled
    def score(
        self,
        entries: Sequence[str] | None = None,
        indicators: Sequence[str] | None = None,
    ) -> RecordScores:
        """Return how entries did on the figures that became known after them.

        Parameters
        ----------
        entries : Sequence[str] | None
            Hashes, or their beginnings, days, or scenarios; all by default.
        indicators : Sequence[str] | None
            All by default.

        Raises
        ------
        InputError
            There is no entry, or none of a hash; or an indicator is unknown.
        EnvironmentFailureError
            An entry is damaged, or the extra `backtest` is not installed.
        """
        chosen = self.stored(entries)
        labels = load_model(self.models).registry.labels
        names = names_asked(indicators, labels) if indicators is not None else ()
        figures, left_out = all_scored(chosen, self.models, names)
        return RecordScores(tuple(figures), left_out, len(chosen))

    @settled
    def moved(
        self,
        indicator: str,
        year: int = MILESTONES[0],
        *,
        since: str | None = None,
        until: str | None = None,
        each: bool = False,
    ) -> Move:
        """Return how a projection moved since an entry, and which figures moved it.

        Parameters
        ----------
        indicator : str
            Its id.
        year : int
            Of the projection.
        since : str | None
            The hash of an entry, its beginning, or its day or scenario if it is the only one of
            it; the earliest by default.
        until : str | None
            A later entry; by default what is known today.
        each : bool
            Take the figures of the indicator's own laws one by one, not by document; each
            calibrates these laws anew.

        Raises
        ------
        InputError
            There is no such entry, or one does not project the indicator and the year.
        CalibrationGateError, EnvironmentFailureError
            See :func:`vnjp_sim.run`.
        """
        entry = self._entry(since)
        labels = load_model(self.models).registry.labels
        name, later = id_asked(indicator, labels), self._later(entry, until)
        more: Any = {"models": self.models, "out": self.out, "progress": self.progress}
        return move_of(entry, later, name, year, each=each, **more)

    @settled
    def moves(
        self,
        indicators: Sequence[str] | None = None,
        year: int = MILESTONES[0],
        *,
        since: str | None = None,
        until: str | None = None,
    ) -> pd.DataFrame:
        """Return how projections moved since an entry, without what moved them.

        Parameters
        ----------
        indicators : Sequence[str] | None
            By default the headline indicators.
        year, since, until
            As for :meth:`moved`.

        Returns
        -------
        pandas.DataFrame
            Columns indicator, label, unit, year; before_low, before, before_high, after_low, after,
            after_high (medians and 90 % intervals), change (of the median) and percent of it, and
            shift: the change in half-widths of the earlier interval.

        Raises
        ------
        InputError, CalibrationGateError, EnvironmentFailureError
            As for :meth:`moved`.
        """
        import pandas as pd

        entry = self._entry(since)
        later = self._later(entry, until)
        registry = later.model.registry
        headline = [name for name, one in registry.indicators.items() if one.headline]
        names = headline if indicators is None else names_asked(indicators, registry.labels)
        rows = moved_rows(entry, later, names, year)
        return pd.DataFrame(rows, columns=list(MOVE_COLUMNS))

    @settled
    def plot(
        self, indicator: str, entries: Sequence[str] | None = None, **look: Any
    ) -> alt.VConcatChart:
        """Draw the entries of an indicator with the figures; see :func:`vnjp_sim.charts.record`.

        Raises InputError, EnvironmentFailureError.
        """
        return drawn(self, indicator, entries, **look)

    def stored(self, entries: Sequence[str] | None = None) -> list[StoredEntry]:
        """Return entries as they are stored, all by default; raises as :meth:`score` does."""
        known = list_entries(self.folder)
        if not known:
            what, remedy = "holds no entry", "add one: vnjp_sim record add base"
            raise InputError.single(display_path(self.folder), what, remedy)
        if entries is None:
            return known
        wanted = {e.entry for asked in entries for e in _meant(asked, known)}
        return [e for e in known if e.entry in wanted]

    def _entry(self, asked: str | None) -> StoredEntry:
        """Return the one entry that is meant; without a word the first."""
        found = self.stored(None if asked is None else [asked])
        if asked is not None and len(found) > 1:
            what = f"means {len(found)} entries"
            raise InputError.single(asked, what, f"give the hash of one: {_listed(found)}")
        return found[0]

    def _later(self, entry: StoredEntry, until: str | None) -> Later:
        """Return what an entry is held against: another entry as it was known, or today."""
        if until is None:
            evidence = entry.manifest["evidence"]
            model, day = load_model(self.models, None, evidence), today().isoformat()
        else:
            other = self._entry(until)
            if day_of(other) < day_of(entry):
                what = f"is of {day_of(other)}, before {day_of(entry)}"
                raise InputError.single("until", what, "exchange it with since")
            model, day = model_of_entry(other, self.models), day_of(other).isoformat()
        return Later(model, posterior_of(model, self.out, self.progress)[0], day)

    def __repr__(self) -> str:
        count = sum(1 for each in self.folder.glob("*") if each.is_dir())
        return f"<Record: {count} entries in {display_path(self.folder)}>"


def _meant(asked: str, known: Sequence[StoredEntry]) -> list[StoredEntry]:
    """Return the entries of a hash or its beginning, a day, a scenario, or a folder's name."""
    found = [
        e
        for e in known
        if asked in (e.manifest["day"], e.manifest["scenario"]["name"], e.folder.name)
        or (asked and e.entry.startswith(asked))
    ]
    if not found:
        raise InputError.single(asked, "is no entry", f"give the hash of one: {_listed(known)}")
    return found


def _listed(entries: Sequence[StoredEntry]) -> str:
    told = [
        f"{e.entry[:SHORT_HASH]} ({e.manifest['scenario']['name']}, {e.manifest['day']})"
        for e in entries
    ]
    return ", ".join(told)


@settled
def record(
    folder: str | Path = DEFAULT_RECORD,
    *,
    models: str | Path | None = None,
    out: str | Path = DEFAULT_OUT,
) -> Record:
    """Return the record in a folder, which need not exist yet; see :class:`Record`.

    Parameters
    ----------
    folder : str | Path
        Of the record.
    models : str | Path | None
        The models folder whose figures entries are held against; the shipped one by default.
    out : str | Path
        The results folder, in which calibrations are looked for and kept.

    Raises
    ------
    InputError
        An argument cannot be taken.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> entries = vj.record("record").entries()
    """
    return Record(folder, models=models, out=out)
