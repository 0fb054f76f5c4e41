# %% [markdown]
# # Own scenario, own data
#
# The first half writes a scenario, lets the model find an error in it, and compares it with the
# baseline. The second half adds own figures: a synthetic trade series. Since its true values are
# known, they show how well the calibration recovers them.

# %%
import os
import shutil
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd

import vnjp_sim as vj
from vnjp_sim import charts
from vnjp_sim.exchange import NewDocument, import_figures

charts.show_pictures()  # which need no JavaScript
pd.options.display.float_format = "{:,.3f}".format
pd.options.display.max_colwidth = 100
if Path.cwd().name == "notebooks":
    os.chdir("..")  # results/ lies beside notebooks/

own = Path("results/own_scenario_and_data")
shutil.rmtree(own, ignore_errors=True)
own.mkdir(parents=True)

# %% [markdown]
# ## A scenario
#
# A scenario is a YAML file that states how it differs from another one. Suppose that more skilled
# workers are admitted, that a loan for the railway is pledged, and that projects are slower than
# the baseline assumes:

# %%
scenario = own / "skilled_and_rail.yml"
scenario.write_text(
    """\
name: skilled_and_rail
title: Twice the skilled workers, and a pledge for the railway
extends: base
levers:
  labour_skiled_intake: {path: ramp, from: 2026, to: 2030, multiply: 2.0}
events:
  - {on: 2027-10-01, type: loan_pledge, amount: 300, note: high-speed railway}
parameters:
  oda_delay_factor: {lognormal: {median: 1.4, sigma: 0.2}}
""",
    encoding="utf-8",
)
try:
    vj.run(scenario)
except vj.InputError as error:
    print(error)

# %% [markdown]
# A misspelling is reported before anything is computed, with file, line and column, the error,
# and a suggestion. All errors of a file are reported at once. `vnjp_sim validate FILE`
# does the same in a terminal, and with `vnjp_sim schema` editors can mark errors while you type.
#
# Corrected:

# %%
text = scenario.read_text(encoding="utf-8")
scenario.write_text(text.replace("skiled", "skilled"), encoding="utf-8")
comparison = vj.compare(scenario)
print(comparison)
print(*comparison.differences("skilled_and_rail"), sep="\n")

# %%
shown = ["oda_cumulative_loans", "oda_disbursements", "labour_skilled", "trade_turnover"]
comparison.overview(2040, shown)

# %% [markdown]
# The pledge and the delay have opposite effects on disbursements: more is lent, but it is paid out
# later. An effect whose sign differs between draws is marked as such.
#
# `vnjp_sim levers` lists all levers with their ranges. In Python:

# %%
model = vj.load_model()
levers = model.instruments.levers
pd.DataFrame(
    {
        "unit": [lever.unit for lever in levers.values()],
        "multiply": [lever.multiply for lever in levers.values()],
        "meaning": [lever.meaning for lever in levers.values()],
    },
    index=list(levers),
).head(6)

# %% [markdown]
# ## Own data
#
# The documents have figures of trade for a handful of years. Suppose you have a customs yearbook
# with exports and imports of every year from 2010 to 2024. What would the model learn from it?
#
# To check what it learns, the true values must be known. So we simulate them: turnover is a random
# walk in logarithms with a drift and a volatility that we choose, divided almost equally into
# exports and imports.

# %%
GROWTH, VOLATILITY = 0.05, 0.08
YEARS = np.arange(2010, 2025)
random = np.random.default_rng(7)
steps = GROWTH + VOLATILITY * random.standard_normal(YEARS.size - 1)
turnover = 16.0 * np.exp(np.concatenate([[0.0], np.cumsum(steps)]))
exports = turnover / (1.0 + np.exp(-(0.03 + 0.06 * random.standard_normal(YEARS.size))))
truth = pd.DataFrame(
    {"trade_turnover": turnover, "trade_exports": exports, "trade_imports": turnover - exports},
    index=YEARS,
)
truth.tail(3)

# %% [markdown]
# The figures go into a table, rounded to USD 10 million as a yearbook would print them. Four
# columns are needed: `indicator`, `period`, `value` and `unit`. In a terminal,
# `vnjp_sim import --template my_figures.xlsx` writes a workbook to fill in.

# %%
table = truth.melt(var_name="indicator", value_name="value", ignore_index=False)
table = table.rename_axis("period").reset_index()
table["value"] = table["value"].map("{:.2f}".format)
table = table.assign(unit="USD bn", step="0.01")
table.to_csv(own / "customs.csv", index=False)
print("".join((own / "customs.csv").open(encoding="utf-8").readlines()[:3]))

# %% [markdown]
# `import_figures` makes a models folder of your own, in which these figures are used *instead* of
# the documents' (with `mode="add"`, together with them). It holds only what differs from the
# shipped folder, which stays as it is. The source must be declared, with its date and its
# reliability.

# %%
done = import_figures(
    own / "customs.csv",
    own / "models",
    mode="instead",
    documents={
        "customs": NewDocument(
            title="Customs yearbook, made up", published="2025-06-30", reliability="high"
        )
    },
)
print(f"{len(done.figures)} figures read, {len(done.replaced)} of the documents set aside")

# %% [markdown]
# From here on the functions take `models=`. The calibration runs once for the new folder, which
# takes about a minute. Its diagnostics must pass the same gates as those of the shipped figures;
# otherwise there is no result.

# %%
own_model = vj.load_model(own / "models")
before, _ = vj.posterior_of(model)
after, _ = vj.posterior_of(own_model)
posteriors = {"documents": before, "own figures": after}
groups = [next(g for g in p.groups if g.name == "trade") for p in posteriors.values()]
pd.DataFrame(
    {
        "figures of trade": [g.figures for g in groups],
        "effective sample size": [int(g.effective) for g in groups],
        "Pareto k": [g.pareto_k for g in groups],
    },
    index=list(posteriors),
)

# %% [markdown]
# ## Does the posterior recover the true values?
#
# First the volatility, which we chose:

# %%
draws = pd.concat(
    pd.DataFrame({"volatility": p.arrays["trade_turnover.volatility"][::8], "figures": name})
    for name, p in posteriors.items()
)
density = (
    alt.Chart(draws.reset_index(drop=True))
    .transform_density("volatility", groupby=["figures"], extent=[0, 0.3], as_=["x", "density"])
    .mark_area(opacity=0.45, line=True)
    .encode(
        x=alt.X("x:Q", title="log points a year"),
        y=alt.Y("density:Q", stack=None, axis=None),
        color=alt.Color("figures:N", scale=alt.Scale(range=["#7f8a94", "#0072b2"]), title=None),
    )
)
rule = alt.Chart(pd.DataFrame({"x": [VOLATILITY]})).mark_rule(strokeDash=[4, 3], size=2)
alt.layer(density, rule.encode(x="x:Q")).properties(
    width=560, height=220, title="Volatility of turnover: posteriors, and the true value (dashed)"
)

# %%
parts = [f"trade_turnover.{part}" for part in ("volatility", "initial_growth", "long_run_growth")]
tables = {name: p.table().set_index("name").loc[parts] for name, p in posteriors.items()}
prior = tables["documents"][["prior_mean", "prior_sd"]].set_axis(["mean", "sd"], axis=1)
pd.concat({"prior": prior} | {n: table[["mean", "sd"]] for n, table in tables.items()}, axis=1)

# %% [markdown]
# The documents narrow the prior of the volatility somewhat. Fifteen annual figures make it much
# narrower, close to the true value. But the last row shows a limit: long-run growth, which
# determines 2040, stays close to its prior. Fifteen years show what growth was, but little of what
# it will be in the long run.
#
# Then the history: the posterior of each year's turnover, compared with the true value:

# %%
check = pd.DataFrame({"truth": turnover}, index=YEARS)
for name, p in posteriors.items():
    history = p.path("trade_turnover").sel(year=YEARS)
    check[f"{name}: 5 %"] = history.quantile(0.05, "draw")
    check[f"{name}: 95 %"] = history.quantile(0.95, "draw")
inside = check["truth"].between(check["own figures: 5 %"], check["own figures: 95 %"])
print(f"Own figures: {inside.sum()} of {len(check)} true values lie in the 90 % interval.")
check.iloc[::2]

# %% [markdown]
# With the yearbook each year is known precisely; with the documents alone, years between two
# figures are very uncertain. (The documents are about actual trade, so that their intervals need
# not contain these synthetic values: compare the widths.) The fan charts show history and
# projection:

# %%
runs = vj.run("base")
runs.vnjp.plot("trade_turnover", posterior=before)

# %%
own_runs = vj.run("base", models=own / "models")
own_runs.vnjp.plot("trade_turnover", model=own_model, posterior=after)

# %% [markdown]
# The level differs, since this yearbook is synthetic. Compare the shape: the history and the start
# of the projection are precise; the band of 2040 is narrower than before, but still wide. By how
# much?


# %%
widths = {}
for name, projected in {"documents": runs, "own figures": own_runs}.items():
    bands = projected.trade_turnover.sel(scenario="base", year=[2025, 2030, 2040])
    low, high = bands.quantile(0.05, "draw"), bands.quantile(0.95, "draw")
    widths[name] = (high / low).to_series()
pd.DataFrame(widths).rename_axis("95 % over 5 %")

# %% [markdown]
# Better figures give a known present level, an estimated volatility, and a band for 2030 that is
# narrow enough for planning. They do not give certainty about 2040, and a model that promised it
# would be wrong.
#
# Actual figures are imported in the same way. `docs/exchange.md` describes the columns, files of
# statistical offices (SDMX), and what to do with figures that contradict each other.
