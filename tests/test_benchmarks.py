"""The benchmark command measures every section, and refuses engines that give other numbers."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from benchmarks import peers, tables
from benchmarks.__main__ import SECTIONS
from benchmarks.small_model import naive_simpy
from benchmarks.small_model.equations import INDICATORS, STATES


@pytest.mark.slow
def test_command_writes_every_table(
    request: pytest.FixtureRequest, repository: Path, tmp_path: Path
) -> None:
    if not request.config.getoption("--full"):
        pytest.skip("run by .ci/run, with --full")
    calibrated_out = request.getfixturevalue("calibrated_out")
    command = [sys.executable, "-m", "benchmarks", "--size", "tiny"]
    done = subprocess.run(
        [*command, "--out", str(calibrated_out), "--to", str(tmp_path)],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    written = json.loads((tmp_path / "speed.json").read_text(encoding="utf-8"))
    assert list(written["tables"]) == list(SECTIONS)
    for name, table in written["tables"].items():
        assert set().union(*table["rows"]) >= set(table["columns"]), f"{name}: a column is empty"
    for row in written["tables"]["draws"]["rows"]:
        assert 0.0 < row["ratio"] < 1.5
    for row in written["tables"]["commands"]["rows"]:
        assert row["seconds"] < 10.0, "a command calibrates"
    text = (tmp_path / "speed.md").read_text(encoding="utf-8")
    assert all(f"### {table['title']}" in text for table in written["tables"].values())


def test_engines_at_hand_agree_with_the_equations() -> None:
    assert len(STATES) == 8
    assert len(INDICATORS) == 16
    peers.check_ours()
    peers.check("simpy", naive_simpy.run)
    for peer in peers.PEERS:
        if not peer.draws_itself:
            with suppress(ImportError):
                peers.check(peer.label, peer.build(peers.CHECKED))


def test_an_engine_with_other_numbers_is_refused() -> None:
    with pytest.raises(peers.DisagreementError, match="off by up to"):
        peers.check("off", lambda values, shocks: naive_simpy.run(values, shocks) * (1.0 + 1e-7))


def test_page_keeps_its_text(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Before\n{tables.FIRST}\nold\n{tables.LAST}\nafter\n", encoding="utf-8")
    table = tables.Table("one", "One", "What.", {"a": "A"}, [{"a": np.pi}, {"a": None}])
    tables.renew_page([table], page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# Before\n{tables.FIRST}\n")
    assert text.endswith(f"{tables.LAST}\nafter\n")
    assert "| 3.14 |" in text
    assert "old" not in text
    page.write_text("no markers", encoding="utf-8")
    with pytest.raises(ValueError, match="markers"):
        tables.renew_page([table], page)
