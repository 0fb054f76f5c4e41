"""What is printed in other encodings, and text of users that could be taken for markup."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from unittest.mock import patch

import pytest
from commands import outcome
from rich.cells import cell_len

from vnjp_sim import cli
from vnjp_sim.foundation.encodings import ASCII, readable

pytestmark = pytest.mark.fuzz

ENCODINGS = ("cp932", "cp1252", "cp1258", "cp1251", "cp437", "latin-1", "ascii")
TITLE = "[draft] Aid grows [v2] [/b] :smile: [link=x]"
FOREIGN = "Viện trợ Nhật Bản — 日本の援助 ‘½²’ ≈ 2 × 3 → “ok”"
FEW = ("--draws", "30", "--horizon", "2025:2032")


@pytest.fixture(scope="module")
def workplace(own_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with scenarios of awkward titles, a models folder of its own, and results."""
    folder = tmp_path_factory.mktemp("[workplace] [b]")
    (folder / "[results]").symlink_to(own_out)
    for name, title in (("brackets", TITLE), ("foreign", FOREIGN)):
        content = {
            "name": name,
            "title": title,
            "narrative": title,
            "extends": "base",
            "levers": {"trade_exports": {"path": "step", "from": 2027, "multiply": 1.1}},
            "events": [{"on": "2028-04-01", "type": "vessel_order", "count": 1, "note": title}],
        }
        text = json.dumps(content, ensure_ascii=False)
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_command_prints_in_any_encoding(workplace: Path, encoding: str) -> None:
    out, csv = ("--out", "[results]"), "[tidy] Việt.csv"
    commands: list[tuple[int, tuple[str, ...]]] = [
        (0, ("--help",)),
        (0, ("compare", "--help")),
        (0, ("run", "brackets.yml", "foreign.yml", *FEW, *out)),
        (0, ("compare", "brackets.yml", "foreign.yml", "--effects-only", *FEW, *out)),
        (0, ("trace", "trade_exports")),
        (0, ("levers",)),
        (0, ("calibrate", *out)),
        (0, ("graph",)),
        (0, ("results", "list", *out)),
        (0, ("results", "prune", "--keep", "99", *out)),
        (0, ("validate", "foreign.yml")),
        (0, ("schema",)),
        (0, ("new", f"new_{encoding.replace('-', '_')}")),
        (0, ("export", "foreign.yml", "--format", "csv", "--to", csv, "--force", *FEW, *out)),
        (2, ("import", "foreign.yml", "--to", "[m] Việt")),
        (2, ("run", "Tếst–[/b].yml", *out)),
        (2, ("run", "base", "--drows–")),
        (2, ("Tếst[/b]",)),
        (2, ("trace", "trade_exports", "2022—[/b]")),
    ]
    printed = _printed(workplace, encoding, [words for _, words in commands])
    for (status, words), (found, out_text, err_text) in zip(commands, printed, strict=True):
        assert found == status, (words, out_text, err_text)
        assert "Traceback" not in err_text, (words, err_text)
        assert "?????" not in out_text if "foreign.yml" not in words else True
    run_text = printed[2][1]
    assert f"brackets: {readable(TITLE, encoding)}" in run_text
    assert "Trade turnover" in run_text
    by_words = {words: told for (_, words), told in zip(commands, printed, strict=True)}
    assert "--drows" in by_words["run", "base", "--drows–"][2]
    assert "[/b]" in by_words["Tếst[/b]",][2]


def _printed(
    workplace: Path, encoding: str, commands: list[tuple[str, ...]]
) -> list[tuple[int, str, str]]:
    """Run commands one after another, with streams of an encoding that refuses what it lacks."""
    with chdir(workplace), patch.dict(os.environ, {"NO_COLOR": "1"}):
        return [outcome(words, encoding) for words in commands]


@pytest.mark.parametrize("encoding", ["cp932", "ascii", "utf-8"])
def test_json_stays_json(workplace: Path, encoding: str) -> None:
    words = ("compare", "foreign.yml", "--json", *FEW, "--out", "[results]")
    commands = [words, ("trace", "trade_exports", "--json"), ("levers", "--json"), ("schema",)]
    for status, out, err in _printed(workplace, encoding, commands):
        assert (status, err) == (0, "")
        json.loads(out, parse_constant=_refused)


def _refused(name: str) -> None:
    raise AssertionError(name)


def test_json_loses_no_character(workplace: Path) -> None:
    plain, narrow = (
        _printed(workplace, encoding, [("trace", "trade_exports", "--json")])[0][1]
        for encoding in ("utf-8", "ascii")
    )
    assert json.loads(plain) == json.loads(narrow)


@pytest.mark.parametrize("how", ["PYTHONIOENCODING=cp932", "PYTHONIOENCODING=ascii", "LC_ALL=C"])
def test_a_process_of_that_encoding_prints(workplace: Path, how: str) -> None:
    name, _, value = how.partition("=")
    plain = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"} if name == "LC_ALL" else {}
    done = subprocess.run(
        [sys.executable, "-m", "vnjp_sim", "run", "foreign.yml", *FEW, "--out", "[results]"],
        cwd=workplace,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), name: value, **plain},
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode("ascii" if value != "cp932" else value)
    assert "foreign: Vien tro Nhat Ban" in text
    assert "[results]" in text


def test_brackets_stay_in_results_and_paths(workplace: Path) -> None:
    words = ("run", "brackets.yml", *FEW, "--out", "[/b] [final]")
    (workplace / "[/b] [final]").mkdir(parents=True)
    (workplace / "[/b] [final]" / "calibration").symlink_to(workplace / "[results]" / "calibration")
    ((status, out, err),) = _printed(workplace, "utf-8", [words])
    assert (status, err) == (0, "")
    assert f"brackets: {TITLE}\n" in out
    assert "Results: [/b] [final]/brackets/" in out


@pytest.mark.parametrize("columns", ["40", "60", "80"])
def test_help_names_every_option_whole(
    columns: str, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    names = sorted(cli.commands.commands)
    pages = _printed(workplace, "utf-8", [(name, "--help") for name in names])
    for name, (status, text, _) in zip(names, pages, strict=True):
        assert status == 0
        assert "…" not in text or name == "import"  # a type of its own holds one
        assert max(map(cell_len, text.splitlines())) <= int(columns)
        for parameter in cli.commands.commands[name].params:
            for option in parameter.opts if parameter.param_type_name == "option" else ():
                assert option in text, (name, option)


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("−0.5 ≈ 3", "ascii", "-0.5 ~ 3"),
        ("Việt Nam – Đồng", "ascii", "Viet Nam - Dong"),
        ("± 2 †", "cp1252", "± 2 †"),
        ("± 2 †", "ascii", "+/- 2 *"),
        ("½ 10²", "ascii", "? 10?"),
        ("日本", "cp932", "日本"),
        ("日本", "cp1252", "??"),
        ("─│╭", "latin-1", "-|+"),
        ("“a”", "ascii", "'a'"),
        ("a\udce9b", "utf-8", "a\\xe9b"),
        ("x", "no such encoding", "x"),
    ],
)
def test_readable(text: str, encoding: str, expected: str) -> None:
    assert readable(text, encoding) == expected


def test_replacements_are_ascii_and_break_no_quoted_text() -> None:
    for told in ASCII.values():
        assert told.isascii()
        assert '"' not in told
        assert "\\" not in told


@pytest.mark.parametrize("text", ["[/b]", "[bold]x", ":smile:", "[link=file:///x]y[/link]"])
def test_progress_shows_text_as_it_is(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    from rich.progress import Progress, TextColumn

    from vnjp_sim.cli.console import make_console

    console = make_console(errors=True)
    with Progress(TextColumn("{task.description}", markup=False), console=console) as bars:
        bars.add_task(text, total=1)
        bars.refresh()
    console.print(text)
    assert capsys.readouterr().err.count(text) >= 2


def test_a_stream_that_is_gone_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    from vnjp_sim.cli.console import say
    from vnjp_sim.foundation.encodings import print_any_text

    monkeypatch.setattr(sys, "stdout", None)
    print_any_text()
    say("nothing hears it")


def test_commands_print_through_one_module(repository: Path) -> None:
    found = [
        f"{file.name}:{node.lineno}: {ast.unparse(node.func)}"
        for file in sorted((repository / "vnjp_sim" / "cli").glob("*.py"))
        if file.name != "console.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func)
        in {"print", "Console", "json.dumps", "click.echo", "click.secho"}
    ]
    assert not found, "use vnjp_sim.cli.console:\n" + "\n".join(found)
