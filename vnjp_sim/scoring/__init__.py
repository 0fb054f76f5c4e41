"""Skill: forecasts of what was not known, against baselines that know the same."""

from vnjp_sim.scoring.origins import Backtest, Forecast, backtest
from vnjp_sim.scoring.skill import Skill, synthetic_skill
from vnjp_sim.scoring.synthetic import growth_laws

__all__ = ["Backtest", "Forecast", "Skill", "backtest", "growth_laws", "synthetic_skill"]
