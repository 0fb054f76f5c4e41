"""What can be taken from the page: files whose numbers are those of the page, to the last digit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vnjp_sim.explorer.answers import Answers
from vnjp_sim.explorer.citing import runs_of
from vnjp_sim.explorer.pictures import effects_of
from vnjp_sim.explorer.state import State
from vnjp_sim.explorer.titles import effect_title, level_title
from vnjp_sim.foundation.argument_types import is_written_out
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.simulation.manifests import versions
from vnjp_sim.simulation.projection_file import gather
from vnjp_sim.simulation.request import Request
from vnjp_sim.simulation.summaries import summary_table

HTML, PLAIN = "text/html; charset=utf-8", "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Download:
    """A file: its name, its type and its content."""

    name: str
    kind: str
    content: bytes


FORMS: dict[str, str] = {
    "yaml": "Scenario (YAML)",
    "python": "Python",
    "command": "Command line",
    "csv": "Numbers (CSV)",
    "svg": "Picture (SVG)",
    "png": "Picture (PNG)",
    "report": "Report (HTML)",
}
"""What each form is called on a button."""
PICTURES = ("effect", "level")


def download(answers: Answers, state: State, form: str, picture: str = "") -> Download:
    """Return a file of a state.

    Parameters
    ----------
    form : str
        One of :data:`FORMS`.
    picture : str
        Which picture: effect or level; by default that of the view, a level where nothing is
        compared.

    Raises
    ------
    InputError
        There is no such form or picture, or the scenario cannot be projected.
    EnvironmentFailureError
        A library that draws is not installed.
    """
    if form not in FORMS:
        raise InputError.single("download", f"'{form[:60]}' is no form", did_you_mean(form, FORMS))
    if picture and picture not in PICTURES:
        remedy = did_you_mean(picture, PICTURES)
        raise InputError.single("download", f"'{picture[:60]}' is no picture", remedy)
    if form in ("svg", "png"):
        return _picture(answers, state, form, picture)
    return _MAKERS[form](answers, state)


def _yaml(answers: Answers, state: State) -> Download:
    scenario, _ = answers.futures.scenarios(state)
    name = f"{scenario.name}.yml"
    command = _command_of(answers, state, name)
    text = f"# The numbers of the page: {command}\n{scenario.to_yaml()}"
    return Download(name, PLAIN, text.encode())


def _command(answers: Answers, state: State) -> Download:
    text = f"{_command_of(answers, state)}\n"
    return Download(f"{_stem(answers, state)}.sh", PLAIN, text.encode())


def _python(answers: Answers, state: State) -> Download:
    request, usual = _request(answers, state), Request()
    scenario, _ = answers.futures.scenarios(state)
    options = {
        name: value if isinstance(value, int) else str(value)
        for name in ("draws", "seed", "models", "as_of", "evidence")
        if (value := getattr(request, name)) != getattr(usual, name)
    }
    shown = f'["{state.indicator}"]'
    if _compares(answers, state):
        against = {"baseline": request.baseline} if request.baseline else {}
        words = "".join(f", {name}={value!r}" for name, value in (against | options).items())
        last = f"comparison = vj.compare(scenario{words})\n"
        last += f"print(comparison.table({shown}, [{state.year}]))\n"
    else:
        words = ", ".join(f"{name}={value!r}" for name, value in options.items())
        last = f"print(vj.Session({words}).summaries(scenario, {shown}))\n"
    return Download(f"{scenario.name}.py", PLAIN, f"{scenario.to_python()}\n{last}".encode())


def _csv(answers: Answers, state: State) -> Download:
    pair = answers.pair(state)
    if pair.compared is not None:
        table = pair.compared.table()
    else:
        own, registry = pair.own, answers.session.model.registry
        table = summary_table({own.scenario: own.arrays}, {own.scenario: own.start}, registry)
    against = "" if pair.compared is None else pair.compared.baseline
    runs = runs_of(pair)
    on_page = (table["indicator"] == state.indicator) & (table["year"] == state.year)
    told: dict[str, Any] = {"title": _plain(pair.scenario.title), "against": against}
    told |= {"against_title": _plain(pair.other.title) if against else ""}
    told |= {"on_page": on_page.map({True: "yes", False: ""}), "version": versions()["vnjp-sim"]}
    told |= {"seed": state.seed, "draws": state.draws}
    told |= {"run": runs[pair.own.scenario], "against_run": runs.get(against, "")}
    text = table.assign(**told).to_csv(index=False, lineterminator="\n")
    return Download(f"{pair.scenario.name}.csv", "text/csv; charset=utf-8", text.encode())


def _plain(title: str) -> str:
    """Return a title that no table program takes for a formula."""
    return f"'{title}" if title[:1] in ("=", "+", "-", "@") else title


def _picture(answers: Answers, state: State, form: str, which: str) -> Download:
    from vnjp_sim import charts

    pair, session, states = answers.pair(state), answers.session, answers.states
    asked = (state.indicator, session.model)
    which = which or ("level" if state.view == "level" or pair.compared is None else "effect")
    if pair.compared is None or which == "level":
        title = level_title(pair, state, states)
    if pair.compared is None:
        name = pair.own.scenario
        chart = charts.fan(gather([pair.own]), *asked, session.posterior, name, title=title)
    elif which == "level":
        chart = charts.overlay(pair.compared, *asked, session.posterior, title=title)
    else:
        effects = effects_of(pair, state.indicator)
        relative = state.view == "percent" and all(e.relative is not None for e in effects)
        title = effect_title(pair, state, states, relative=relative)
        chart = charts.effect_fan(pair.compared, *asked, relative, title=title)
    name = f"{pair.scenario.name}_{state.indicator}_{which}.{form}"
    kind = {"svg": "image/svg+xml", "png": "image/png"}[form]
    return Download(name, kind, charts.image(chart, f".{form}"))


def _report(answers: Answers, state: State) -> Download:
    from vnjp_sim.analysis.compared import runs_of
    from vnjp_sim.analysis.findings import deepened, shallow
    from vnjp_sim.report import Scope, contents_of, report_page

    request, model = _request(answers, state), answers.session.model
    runs = runs_of(request.scenarios, model, request.options, request.baseline)
    found = shallow(request, runs, model, request.out)
    scope = Scope(indicators=(state.indicator,), year=state.year)
    found = deepened(scope.of(found), runs)
    page = report_page(contents_of(found, scope))
    return Download(f"{_stem(answers, state)}_report.html", HTML, page.encode())


_MAKERS: Mapping[str, Callable[[Answers, State], Download]] = {
    "yaml": _yaml,
    "python": _python,
    "command": _command,
    "csv": _csv,
    "report": _report,
}


def _request(answers: Answers, state: State, file: str = "") -> Request:
    """Return what asks for the same on the command line, of the scenario in a file if one is given.

    What it is compared with is told where it is not the baseline.
    """
    scenario, other = answers.futures.scenarios(state)
    against = None
    if state.against:
        against = other.to_line() if is_written_out(state.against) else state.against
    own = scenario.to_line() if is_written_out(state.scenario) else state.scenario
    asked: dict[str, Any] = {"baseline": against, "draws": state.draws, "seed": state.seed}
    return replace(answers.session.request, scenarios=(file or own,), **asked)


def _command_of(answers: Answers, state: State, file: str = "") -> str:
    """Return the command line that prints what is shown."""
    request = _request(answers, state, file)
    if not _compares(answers, state):
        return request.command("run", ["--all"])
    more = ["--indicator", state.indicator, "--year", str(state.year)]
    return request.command("compare", more)


def _stem(answers: Answers, state: State) -> str:
    return answers.futures.scenarios(state)[0].name


def _compares(answers: Answers, state: State) -> bool:
    scenario, other = answers.futures.scenarios(state)
    return scenario.content != other.content
