"""The reference pages of the documentation: commands, names, levers, scenarios, parameters."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import rich_click as click
from page_text import code, escaped, table, write_page

import vnjp_sim
from vnjp_sim import charts, exchange, report
from vnjp_sim.cli import commands
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.inputs.levers import OPERATIONS, EventType, Lever
from vnjp_sim.inputs.number_text import exact, grouped
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_event import amount_text
from vnjp_sim.simulation.model_data import Model

PACKAGES: tuple[tuple[ModuleType, str, str], ...] = (
    (vnjp_sim, "python", "Python: run and compare"),
    (charts, "charts", "Python: charts"),
    (exchange, "formats", "Python: exchange"),
    (report, "report", "Python: reports"),
)


def write_reference_pages(folder: Path, model: Model) -> Iterator[Path]:
    """Write every reference page into `folder`, and yield the files."""
    pages = [name for _, name, _ in PACKAGES]
    about = (
        "What to look up: every command, Python name, chart, format, lever, scenario and parameter."
    )
    head = ["(page-reference)=", "# Reference", "", about, "", "```{toctree}", ":maxdepth: 1", ""]
    names = ["commands", *pages, "levers", "scenarios", "parameters"]
    yield write_page(folder / "index.md", [*head, *names, "```"])
    yield write_page(folder / "commands.md", commands_page())
    for module, name, title in PACKAGES:
        yield write_page(folder / f"{name}.md", names_page(module, title))
    yield write_page(folder / "levers.md", levers_page(model))
    yield write_page(folder / "scenarios.md", scenarios_page(model))
    yield write_page(folder / "parameters.md", parameters_page(model))


def commands_page() -> Iterator[str]:
    """Yield the page of all commands with their arguments and options."""
    yield from ("# Commands", "")
    yield (
        "`vnjp_sim COMMAND`, or `python -m vnjp_sim COMMAND` where the program is not on the path; "
        "`--help` shows the same text. Exit status: 0 done · 1 a defect of ours · 2 bad input, "
        "nothing written · 3 a diagnostic gate failed · 4 the environment failed (disk, "
        "permissions) · 130 interrupted."
    )
    context = click.Context(commands, info_name="vnjp_sim")
    for name in sorted(commands.commands):
        yield from command_part(name, commands.commands[name], context)


def command_part(name: str, command: click.Command, parent: click.Context) -> Iterator[str]:
    """Yield what there is to say of a command, and of those below it."""
    context = click.Context(command, info_name=name, parent=parent)
    inner = command.commands if isinstance(command, click.Group) else {}
    path = context.command_path.removeprefix("vnjp_sim ")
    level = "#" * (2 + path.count(" "))
    yield from ("", f"(command-{path.replace(' ', '-')})=", f"{level} {path}", "")
    yield from (help_text(inspect.cleandoc(command.help or "")), "")
    if not inner:
        usage = " ".join(command.collect_usage_pieces(context))
        yield from ("```sh", f"vnjp_sim {path} {usage}", "```")
        options = [p for p in command.params if isinstance(p, click.Option)]
        yield from table(
            ["option", "meaning", "default"], [option_row(o, context) for o in options]
        )
    for below in sorted(inner):
        yield from command_part(below, inner[below], context)


def option_row(option: click.Option, context: click.Context) -> list[str]:
    """Return the row of an option."""
    names = ", ".join(option.opts)
    value = "" if option.is_flag else f" {option.make_metavar(context)}"
    default = option.get_default(context)
    plain = isinstance(default, str | int | float | Path) and not option.is_flag
    default_text = code(str(default)) if plain else ""
    if option.required:
        default_text = "required"
    again = " May be repeated." if option.multiple and "repeat" not in (option.help or "") else ""
    return [code(names + value), help_text((option.help or "") + again), default_text]


def help_text(text: str) -> str:
    """Return the words of a command's help as Markdown; options in them as code."""
    paragraphs = [escaped(paragraph) for paragraph in text.split("\n\n")]
    return re.sub(r"(?<!\S)(--[a-z-]+)", r"`\1`", "\n\n".join(paragraphs))


def names_page(module: ModuleType, title: str) -> Iterator[str]:
    """Yield the page of a module's public names."""
    yield from (f"# {title}", "", "```{eval-rst}", f".. automodule:: {module.__name__}", "")
    yield f".. currentmodule:: {module.__name__}"
    yield "```"
    for heading, names in sorted_names(module):
        yield from ("", f"## {heading}", "", "```{eval-rst}")
        for name in names:
            public = getattr(module, name)
            kind = "function" if not isinstance(public, type) else "class"
            kind = "exception" if kind == "class" and issubclass(public, Exception) else kind
            kind = kind if callable(public) else "data"
            yield from ("", f".. auto{kind}:: {module.__name__}.{name}")
            if kind == "class":
                yield "   :members:"
        yield "```"


def sorted_names(module: ModuleType) -> Iterator[tuple[str, list[str]]]:
    """Yield the public names of a module by kind: functions first, errors last."""
    kinds: dict[str, list[str]] = {"Functions": [], "What they give and take": [], "Errors": []}
    for name in module.__all__:
        public = getattr(module, name)
        if not isinstance(public, type):
            kinds["Functions"].append(name)
        elif issubclass(public, Exception):
            kinds["Errors"].append(name)
        else:
            kinds["What they give and take"].append(name)
    yield from ((heading, names) for heading, names in kinds.items() if names)


def levers_page(model: Model) -> Iterator[str]:
    """Yield the page of levers and event types."""
    yield from ("(page-levers)=", "# Levers and events", "")
    yield (
        "The quantities that a scenario can change, with the allowed ranges, and the events that "
        "it can hold. The [cookbook](../cookbook.md) shows how. Fiscal levers count Japanese "
        "fiscal years (April to March)."
    )
    yield from ("", "## Levers")
    yield from table(
        ["lever", "meaning", "unit", *OPERATIONS],
        [
            [code(name), escaped(lever.meaning), lever.unit, *ranges(lever)]
            for name, lever in model.instruments.levers.items()
        ],
    )
    yield from ("", "## Types of events")
    for name, kind in model.instruments.event_types.items():
        yield from ("", f"(event-{name.replace('_', '-')})=", f"### {code(name)}", "")
        yield f"{escaped(kind.meaning)} Sector: {kind.sector}."
        yield from table(
            ["field", "meaning", "unit", "range", "if not given"],
            [
                [
                    code(field),
                    escaped(x.meaning),
                    x.unit,
                    range_text(x.range) + (", whole" if x.whole else ""),
                    "—" if x.default is None else grouped(exact(x.default)),
                ]
                for field, x in kind.fields.items()
            ],
        )
        yield from choices(kind)


def choices(kind: EventType) -> Iterator[str]:
    """Yield what an event of a type may say beside its numbers."""
    for name, choice in kind.choices.items():
        yield from (
            "",
            f"{code(name)}, {escaped(choice.meaning)} (default {code(choice.default)}):",
        )
        yield ""
        yield from (f"- {code(o)}: {escaped(meaning)}" for o, meaning in choice.options.items())


def ranges(lever: Lever) -> list[str]:
    """Return the range of each operation of a lever; a dash where it is not allowed."""
    allowed = [getattr(lever, operation) for operation in OPERATIONS]
    return ["—" if ends is None else range_text(ends) for ends in allowed]


def range_text(ends: Sequence[float]) -> str:
    """Return a range in words."""
    return f"{grouped(exact(ends[0]))} to {grouped(exact(ends[1]))}"


def scenarios_page(model: Model) -> Iterator[str]:
    """Yield the page of the shipped scenarios."""
    yield from ("(page-scenarios)=", "# Shipped scenarios", "")
    yield "Each runs by its name, and can be extended: `vnjp_sim run oda_expansion`."
    files = sorted(shipped_folder("scenarios").glob("*.yml"), key=lambda f: (f.stem != "base", f))
    for file in files:
        scenario = model.scenario_reader().read(file)
        yield from scenario_part(scenario)
        text = file.read_text(encoding="utf-8").rstrip()
        yield from ("", ":::{dropdown-source}", "```yaml", text, "```", ":::")


def scenario_part(scenario: Scenario) -> Iterator[str]:
    """Yield what a scenario says."""
    yield from ("", f"## {code(scenario.name)}", "", f"**{escaped(scenario.title)}.**")
    yield from (escaped(scenario.narrative), "")
    for name, path in scenario.levers.items():
        yield f"- lever {code(name)}: {escaped(path.text)}"
    for event in scenario.events:
        amounts = ", ".join(f"{name} {amount_text(amount)}" for name, amount in event.amounts)
        yield f"- {event.on}: {code(event.type)}" + (f", {amounts}" if amounts else "")
    for name, prior in scenario.parameters.items():
        yield f"- parameter {code(name)}: {prior.text}"


def parameters_page(model: Model) -> Iterator[str]:
    """Yield the page of all priors and constants with their grades and references."""
    parameters = model.parameters
    known = dict(parameters.all_parameters())
    grades = [p.grade for p in known.values()]
    yield from ("(page-parameters)=", "# Parameters", "")
    yield (
        f"All {len(known)} priors and constants of `models/parameters/`, by file: "
        f"{grades.count('empirical')} are estimated from public data by scripts in `tools/`, "
        f"{grades.count('published')} come from published work, "
        f"{grades.count('assumed')} are "
        "judgements with their reasoning. `vnjp_sim calibrate` shows the posteriors of those that "
        "the figures inform (grade *calibrated*). Priors: normal(mean, sd); "
        "lognormal(median, sigma in log points); logit-normal(median, sigma in log odds)."
    )
    by_file: dict[str, list[str]] = {}
    for key in known:
        by_file.setdefault(parameters.sector_of[key.partition(".")[0]], []).append(key)
    for file, keys in sorted(by_file.items()):
        yield from ("", f"## {file}")
        yield from table(
            ["parameter", "prior", "unit", "grade", "reference"],
            [parameter_row(key, model) for key in keys],
        )


def parameter_row(key: str, model: Model) -> Sequence[str]:
    """Return the row of a parameter."""
    parameter = dict(model.parameters.all_parameters())[key]
    shown = escaped(parameter.reference)
    return [code(key), parameter.prior.text, escaped(parameter.unit), parameter.grade, shown]
