"""What the model knows, in Python: the figures behind an indicator, names, how to cite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnjp_sim.foundation.argument_types import choice, is_dataset
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.choices import id_asked
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import DOCUMENTS
from vnjp_sim.simulation.model_data import load_model
from vnjp_sim.simulation.pairing import manifests_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from vnjp_sim.analysis.comparison import Comparison
    from vnjp_sim.simulation.traced import Trace


@settled
def trace(
    indicator: str,
    period: str | int | None = None,
    *,
    models: str | Path | None = None,
    as_of: str | date | None = None,
    evidence: str = DOCUMENTS,
) -> Trace:
    """Return every figure of an indicator with the place where it is printed.

    Parameters
    ----------
    indicator : str
        Id, label, or an unambiguous beginning of either.
    period : str | int | None
        Keeps the figures that touch it: 2022, 2023-09, 2023-01/2023-07, FY2019.
    models, as_of, evidence
        As for :func:`vnjp_sim.run`.

    Returns
    -------
    vnjp_sim.simulation.traced.Trace
        A pandas.DataFrame with the columns indicator, period, value (a number), printed (the same
        as the source prints it), unit, reported (how), use (whether it is marked to calibrate),
        used_by (the groups of laws that use it, none if empty), why_not_used, document, title,
        published (a date), lines, place, note; in the order of the periods. It is shown with what
        `vnjp_sim trace` says beside the figures: what the indicator is and follows from, its laws,
        priors and links; `said` has that as text.

    Raises
    ------
    InputError
        The indicator is unknown, or the period cannot be read.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> figures = vj.trace("trade_turnover", 2022)
    >>> places = figures[["printed", "unit", "document", "lines"]]
    """
    from vnjp_sim.simulation.traced import traced

    model = load_model(models, as_of, evidence)
    indicator = id_asked(indicator, model.registry.labels)
    return traced(model, indicator, None if period is None else str(period))


@settled
def catalogue(
    kind: str,
    words: str | Sequence[str] = (),
    *,
    models: str | Path | None = None,
    as_of: str | date | None = None,
) -> pd.DataFrame:
    """Return what can be asked for, as `vnjp_sim list` has it.

    Parameters
    ----------
    kind : str
        "indicators", "scenarios", "examples" (scenario files), "levers" (with the ranges that each
        operation allows), "events" (with their fields) or "documents".
    words : str | Sequence[str]
        Keeps what all of them are found in: ids, labels, titles, meanings.
    models, as_of
        As for :func:`vnjp_sim.run`.

    Returns
    -------
    pandas.DataFrame
        A row each, by id; the columns say all that is known of the kind. Empty if nothing mentions
        the words.

    Raises
    ------
    InputError
        There is no such kind.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> ranges = vj.catalogue("levers", "oda")[["unit", "multiply", "add", "set"]]
    """
    import pandas as pd

    from vnjp_sim.simulation.catalogue import KINDS
    from vnjp_sim.simulation.catalogue import catalogue as entries_of

    model = load_model(models, as_of)
    kind = choice("kind", kind, list(KINDS))
    every = list(entries_of(model, kind))
    chosen = entries_of(model, kind, words)
    return pd.DataFrame(chosen, columns=list(every[0]) if every else ["id"]).set_index("id")


@settled
def cite(
    of: Comparison | xr.Dataset | None = None,
    style: str = "text",
    *,
    models: str | Path | None = None,
) -> str:
    """Return how to cite the software, its documents, and runs, as `vnjp_sim cite` does.

    Parameters
    ----------
    of : Comparison | xr.Dataset | None
        What :func:`vnjp_sim.run` or :func:`vnjp_sim.compare` returned: each run of it is cited too.
    style : str
        "text", "bibtex", or "csl" for the CSL-JSON that Zotero and Pandoc read.
    models : str | Path | None
        The models folder; None for the shipped one.

    Returns
    -------
    str
        Text that a notebook shows with its line breaks.

    Raises
    ------
    InputError
        There is no such style, or the runs do not say how they were made.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> citation = vj.cite(vj.run("base", draws=500))
    >>> entries = vj.cite(style="bibtex")
    """
    from vnjp_sim.simulation.citing import STYLES, Citation, cited

    style = choice("style", style, list(STYLES))
    shown: Any = of
    manifests = {} if of is None else manifests_of(shown) if is_dataset(of) else shown.manifests
    if of is not None and not manifests:
        remedy = "give what vnjp_sim.run() or vnjp_sim.compare() returns"
        raise InputError.single("of", "does not say how its runs were made", remedy)
    first: Any = next(iter(manifests.values()), {})
    model = load_model(models, first.get("as_of"), first.get("evidence") or DOCUMENTS)
    return Citation(cited(manifests.values(), model, style))
