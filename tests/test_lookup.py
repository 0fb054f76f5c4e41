"""What to look up next: a closed form, another estimator on draws of the model, faults."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from commands import outcome

import vnjp_sim as vj
from vnjp_sim.analysis.bases import basis
from vnjp_sim.analysis.lookup import Lookup, narrowing

DRAWS = 2_000


@pytest.fixture(scope="module")
def session(own_out: Path) -> vj.Session:
    return vj.Session(draws=DRAWS, out=own_out)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.75])
def test_a_normal_answer_narrows_by_the_root_of_what_is_left(share: float) -> None:
    known, rest = np.random.default_rng(4).standard_normal((2, 20_000))
    answer = np.sqrt(share) * known + np.sqrt(1.0 - share) * rest
    expected = 1.0 - np.sqrt(1.0 - share)  # 0, 0.16, 0.5
    found, error = narrowing(answer, basis(known))
    assert found == pytest.approx(expected, abs=0.02)
    assert 0.003 < error < 0.012
    assert narrowing((known > 2.5) * 1.0, basis(known)) == (0.0, 0.0)  # one number in 99 %


def test_few_draws_do_not_narrow_an_answer() -> None:
    """A number that says nothing narrows nothing, with fifty draws in a group as with more."""
    rng = np.random.default_rng(9)
    found = [
        narrowing(answer, basis(other))[0] for answer, other in rng.standard_normal((40, 2, 1000))
    ]
    assert np.mean(found) == pytest.approx(0.0, abs=0.01)


def test_a_figure_to_come_says_what_its_neighbours_say(session: vj.Session) -> None:
    """The mean variance among draws with like figures, found without a fitted curve."""
    found = session.lookup("oda_disbursements", 2030, error=0.1)
    first = found.candidates[0]
    assert (first.name, first.kind) == ("oda_commitments 2026", "to come")
    runs = session.run("base").sel(scenario="base")
    noise = 0.1 * np.random.default_rng(5).standard_normal(DRAWS)
    figure = np.log(runs["oda_commitments"].sel(year=2026).to_numpy()) + noise
    answer = np.log(runs["oda_disbursements"].sel(year=2030).to_numpy())
    groups = np.array_split(answer[np.argsort(figure)], 40)
    left = np.mean([group.var(ddof=1) for group in groups])
    assert first.share == pytest.approx(1.0 - left / answer.var(), abs=0.04)
    assert found.second is not None
    assert found.second.share > first.share


@pytest.fixture(scope="module")
def known(session: vj.Session) -> Lookup:
    return session.lookup("oda_disbursements", 2030)


def test_a_worse_report_narrows_less(session: vj.Session, known: Lookup) -> None:
    names = ["oda_commitments 2026", "oda_loans 2026"]
    worse = session.lookup("oda_disbursements", 2030, error=1.0)
    shares = [found.table().set_index("name")["share"] for found in (known, worse)]
    assert all(shares[0][names] > shares[1].reindex(names, fill_value=0.0))


def test_an_answer_is_not_looked_up_as_itself(session: vj.Session) -> None:
    names = session.lookup("trade_turnover", 2026).table()["name"].tolist()
    assert "trade_turnover 2026" not in names
    assert "trade_exports 2026" in names


def test_an_effect_hangs_on_its_link(session: vj.Session) -> None:
    found = session.lookup("trade_turnover", 2035, "labour_growth", of_effects=True)
    assert found.candidates[0].name == "network_effect"


@pytest.mark.parametrize(
    ("words", "more", "said"),
    [
        (("trade_turnovr", 2030), {}, "did you mean 'trade_turnover'"),
        (("trade_turnover", 2060), {}, "outside 2025 to 2040"),
        (("trade_turnover", 2030), {"when": 2024}, "outside 2025 to 2040"),
        (("trade_turnover", 2030), {"error": 2.0}, "give 0.02"),
        (("trade_turnover", 2030), {"of_effects": True}, "is a baseline"),
        (("labour_stock", 2030, "osa_framework"), {"of_effects": True}, "does not vary"),
    ],
)
def test_what_cannot_be_asked(
    words: tuple[str, int], more: dict[str, object], said: str, session: vj.Session
) -> None:
    with pytest.raises(vj.InputError, match=said):
        session.lookup(*words, **more)  # type: ignore[arg-type]


@pytest.mark.usefixtures("plain_terminal")
def test_command_prints_what_python_gives(own_out: Path, known: Lookup) -> None:
    words = ["lookup", "oda_disbursements", "--year", "2030", "--draws", str(DRAWS)]
    words += ["--out", str(own_out)]
    status, text, error = outcome(words)
    assert (status, error) == (0, "")
    assert text.startswith("Knowing oda_undisbursed 2026 would narrow the 90 % interval of ODA")
    status, text, error = outcome([*words, "--json"])
    assert (status, error) == (0, "")
    table = known.table()
    assert repr(known)[9:60] == "Knowing oda_undisbursed 2026 would narrow the 90 % "
    assert table["label"][0] == "Yen loans committed and not yet disbursed 2026"
    assert known.finding in known._repr_html_()
    assert json.loads(text)["numbers"][0]["share"] == table["share"][0]
