"""How to get a report again, and how to cite it: the command, Python, one reference."""

from __future__ import annotations

from vnjp_sim.analysis.findings import Findings
from vnjp_sim.report.scope import Scope
from vnjp_sim.simulation.request import SHOWN, Request


def command_of(request: Request, scope: Scope) -> str:
    """Return the command line that writes the same report again."""
    return request.command("report", scope.words)


def python_of(findings: Findings, indicators: list[str]) -> str:
    """Return the lines of Python that give the numbers of a brief again.

    Parameters
    ----------
    findings : Findings
        Of the report.
    indicators : list[str]
        What its findings are about.
    """
    request = findings.request
    scenarios = list(request.scenarios)
    given = [f"{name}={_literal(request, name)}" for name in SHOWN if _differs(request, name)]
    if findings.comparison.scenarios:
        arguments = ", ".join([repr(scenarios), *given, "budgets=True"])
        answer = f"comparison.table({indicators!r}, {findings.years!r})"
        return f"import vnjp_sim as vj\ncomparison = vj.compare({arguments})\n{answer}"
    arguments = ", ".join([repr(scenarios), *given])
    year = findings.year
    answer = f'runs[{indicators!r}].sel(year={year}).quantile([0.05, 0.5, 0.95], "draw")'
    return f"import vnjp_sim as vj\nruns = vj.run({arguments})\n{answer}"


def _differs(request: Request, name: str) -> bool:
    return bool(getattr(request, name) != getattr(type(request), name))


def _literal(request: Request, name: str) -> str:
    """Return an option as it is typed in Python."""
    value = getattr(request, name)
    return repr(value) if isinstance(value, str | int | tuple) else repr(str(value))
