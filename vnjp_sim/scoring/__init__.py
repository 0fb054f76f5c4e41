"""Skill: forecasts of what was not known, against baselines that know the same."""

from vnjp_sim.scoring.origins import Backtest, Forecast, backtest
from vnjp_sim.scoring.skill import Skill, synthetic_skill

__all__ = ["Backtest", "Forecast", "Skill", "backtest", "synthetic_skill"]
