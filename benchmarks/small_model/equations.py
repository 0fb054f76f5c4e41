r"""The small model that every engine of the comparison runs, stated once.

Eight state variables, seven shocks a year, five uncertain parameters, sixteen recorded indicators,
21 years. A state x has its value x of the start of a year and x' of its end; e are independent
standard normals of the year, Greek letters the uncertain parameters.

================ =============================================================================
growth           g' = γ + 0.85 (g − γ) + 0.015 e₁
output           y' = y + g';  gdp = exp y'
exchange rate    r' = 4.9 + 0.8 (r − 4.9) + 0.09 e₂;  yen_rate = exp r'
trade            t' = t + ε g' + 0.08 e₃;  turnover = exp t'
trade balance    b' = 0.02 + 0.7 (b − 0.02) + 0.1 (r' − 4.9) + 0.05 e₄;  b is log(exports / imports)
investment       i = ι gdp exp(0.3 e₅);  stock k' = 0.95 k + i
aid              c = 100 exp(0.4 e₆);  d = δ (p + 0.5 c);  what waits p' = p + c − d
labour           n = 120 exp(0.2 e₇) · 134 / yen_rate;  workers w' = (1 − μ) w + n
================ =============================================================================

The texts below are valid in Python and in XMILE. An engine reads them, or has its own statement of
the model that is checked against them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

FIRST_YEAR, LAST_YEAR = 2020, 2040
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)

PARAMETERS = {
    "long_run_growth": (0.04, 0.3),
    "trade_elasticity": (1.4, 0.15),
    "investment_share": (0.02, 0.25),
    "disbursement_rate": (0.2, 0.2),
    "departure_rate": (0.25, 0.1),
}
"""Uncertain parameters: median and standard deviation of the logarithm."""

SHOCKS = (
    "growth_shock",
    "rate_shock",
    "trade_shock",
    "ratio_shock",
    "investment_shock",
    "commitment_shock",
    "intake_shock",
)
"""Standard normals, new every year."""

STATES = {
    "growth": 0.06,
    "log_gdp": 5.8,
    "log_rate": 4.7,
    "log_trade": 3.7,
    "log_ratio": -0.05,
    "investment_stock": 60.0,
    "pipeline": 500.0,
    "workers": 440.0,
}
"""State variables and their values before the first year."""

EQUATIONS = {
    "growth_end": "long_run_growth + 0.85 * (growth - long_run_growth) + 0.015 * growth_shock",
    "log_gdp_end": "log_gdp + growth_end",
    "log_rate_end": "4.9 + 0.8 * (log_rate - 4.9) + 0.09 * rate_shock",
    "log_trade_end": "log_trade + trade_elasticity * growth_end + 0.08 * trade_shock",
    "log_ratio_end": (
        "0.02 + 0.7 * (log_ratio - 0.02) + 0.1 * (log_rate_end - 4.9) + 0.05 * ratio_shock"
    ),
    "gdp": "exp(log_gdp_end)",
    "gdp_growth": "100.0 * growth_end",
    "yen_rate": "exp(log_rate_end)",
    "turnover": "exp(log_trade_end)",
    "imports": "turnover / (1.0 + exp(log_ratio_end))",
    "exports": "turnover - imports",
    "balance": "exports - imports",
    "cover_ratio": "exports / imports",
    "turnover_gdp": "100.0 * turnover / gdp",
    "investment": "investment_share * gdp * exp(0.3 * investment_shock)",
    "investment_stock_end": "0.95 * investment_stock + investment",
    "commitments": "100.0 * exp(0.4 * commitment_shock)",
    "disbursements": "disbursement_rate * (pipeline + 0.5 * commitments)",
    "pipeline_end": "pipeline + commitments - disbursements",
    "intake": "120.0 * exp(0.2 * intake_shock) * 134.0 / yen_rate",
    "workers_end": "(1.0 - departure_rate) * workers + intake",
}
"""By name, in an order in which they can be computed; `<state>_end` is the state a year on."""

INDICATORS = (
    "gdp",
    "gdp_growth",
    "yen_rate",
    "turnover",
    "exports",
    "imports",
    "balance",
    "cover_ratio",
    "turnover_gdp",
    "investment",
    "investment_stock_end",
    "commitments",
    "disbursements",
    "pipeline_end",
    "intake",
    "workers_end",
)
"""What is recorded of every year."""

NUMBERS = len(PARAMETERS) + len(SHOCKS) * len(YEARS)
"""Random numbers of a draw."""
OUTPUTS = len(INDICATORS) * len(YEARS)
"""Recorded values of a draw."""


def parameters_of(scores: FloatArray) -> FloatArray:
    """Return the parameters, (parameter, draw), that belong to standard normals of that shape."""
    medians, sigmas = np.array(list(PARAMETERS.values())).T[:, :, None]
    values: FloatArray = medians * np.exp(sigmas * scores)
    return values


def yearly_step(exponential: Callable[[Any], Any]) -> Callable[..., tuple[Any, Any]]:
    """Return the equations as one Python function of a year.

    It takes states, parameters and shocks, each in the order above, and returns the states a year
    on and the indicators, as two tuples. With `math.exp` it takes floats, with `np.exp` arrays.
    """
    arguments = ", ".join([*STATES, *PARAMETERS, *SHOCKS])
    lines = [f"    {name} = {text}" for name, text in EQUATIONS.items()]
    states = ", ".join(f"{name}_end" for name in STATES)
    end = f"    return ({states}), ({', '.join(INDICATORS)})"
    namespace: dict[str, Any] = {"exp": exponential}
    exec("\n".join([f"def step({arguments}):", *lines, end]), namespace)  # noqa: S102 - our own text
    step: Callable[..., tuple[Any, Any]] = namespace["step"]
    return step


def reference(parameters: FloatArray, shocks: FloatArray) -> FloatArray:
    """Return the indicators, (indicator, year, draw), by the equations as they stand.

    Parameters
    ----------
    parameters : FloatArray
        (parameter, draw).
    shocks : FloatArray
        (shock, year, draw).
    """
    step = yearly_step(np.exp)
    states: tuple[Any, ...] = tuple(STATES.values())
    result = np.empty((len(INDICATORS), *shocks.shape[1:]))
    for year in range(len(YEARS)):
        states, result[:, year] = step(*states, *parameters, *shocks[:, year])
    return result
