# %% [markdown]
# # Three policies compared
#
# Japan doubles its new aid commitments by 2030 (`oda_expansion`); Official Security Assistance
# grows into a programme (`osa_framework`); Japan takes in a third more Vietnamese workers
# (`labour_growth`). What does each change, how sure is it, and what does it leave as it is?

# %%
import os
from pathlib import Path

import numpy as np
import pandas as pd

import vnjp_sim as vj
from vnjp_sim import charts, exchange

charts.show_pictures()  # which need no JavaScript
pd.options.display.max_colwidth = 100
if Path.cwd().name == "notebooks":
    os.chdir("..")  # results/ lies beside notebooks/

# %% [markdown]
# ## Compare
#
# `vj.compare` runs the scenarios and their baseline. With `budgets=True` it also finds out how
# much of each effect's uncertainty is mere assumption, which takes some seconds a scenario.

# %%
POLICIES = ["oda_expansion", "osa_framework", "labour_growth"]
comparison = vj.compare(POLICIES, budgets=True)
model = vj.load_model()
comparison

# %% [markdown]
# Before looking at effects, look at what was put in. A scenario states its departures from the
# baseline, and nothing else differs:

# %%
for name in POLICIES:
    print(name, *comparison.differences(name), sep="\n    ")

# %% [markdown]
# ## Effects
#
# Scenarios share their luck: draw 17 has the same parameters and shocks in each. An effect is
# the difference *draw by draw*, and its interval holds only what the difference hangs on. A cell
# is the median effect in 2040, the interval of 90 % of the draws, and a warning where one is
# due.

# %%
HEADLINES = [
    "oda_disbursements",
    "oda_infrastructure",
    "investment_stock",
    "trade_turnover",
    "labour_stock",
    "labour_remittances",
    "people_residents",
    "security_vessels",
    "index_partnership",
]
comparison.overview(2040, HEADLINES)

# %% [markdown]
# How to read the warnings:
#
# - **none by construction**: no link of the model leads from this policy to this indicator. The
#   model cannot find an effect there, so that the zero is not a result.
# - **indistinguishable from zero**: there is a link, but the sign of the effect differs between
#   draws. The most that can be said is that the effect is not large.
# - **prior-driven**: the direction is sure within the model, but more than half of the
#   uncertainty of its size is judgement. Another expert could have put in another size, and
#   would get it out.
#
# Each policy moves its own sector first, which is near to arithmetic. What it does *beyond* its
# sector is the interesting part, and the smaller one. Here in per cent of the baseline, over
# time; the numbers come from `comparison.table()`.

# %%
moved = comparison.table(["labour_stock", "investment_stock", "trade_turnover"], [2030, 2035, 2040])
moved = moved[moved["mark"] != "none by construction"].set_index(["scenario", "label", "year"])
moved[["relative_p05", "relative_p50", "relative_p95", "mark"]].round(2)

# %% [markdown]
# Twice the aid adds a fraction of a per cent to trade, more workers add a few per cent: worth
# knowing before aid is defended with trade. [What drives it](what_drives_it.ipynb) shows on
# which ways the effects travel.
#
# ## Effects over time
#
# Aid takes years to become roads and ports: commitments rise at once, disbursements follow over
# the years of building.

# %%
effects = comparison.effects()
charts.effect_fan(effects, "oda_disbursements", model)

# %% [markdown]
# Two panels are flat at zero: the other policies carry no aid. For workers it is the third panel
# that moves, and the effect grows after the levers stop rising, since people stay for years. The
# lower edge turns down at the end: in some draws Japan's demand for workers is filled by then,
# with the policy or without it.

# %%
charts.effect_fan(effects, "labour_stock", model)

# %% [markdown]
# The composite index of the partnership averages the sectors, with weights that are themselves
# uncertain. All three policies move it, which makes it handy for an overview and useless for an
# argument: it hides which sector moved.

# %%
charts.effect_fan(effects, "index_partnership", model)

# %% [markdown]
# ## Scenarios in one plane
#
# The same effect, seen against the uncertainty of the level:

# %%
charts.overlay(comparison.runs, "labour_stock", model)

# %% [markdown]
# The bands overlap almost wholly, and still the effect is sure. Whether there are many workers
# in 2040 is uncertain for reasons that all scenarios share; that there are *more of them with
# the policy than without* is not. To subtract one band from another would be a mistake. How
# large a mistake, the next cell computes, by pairing each draw with a wrong one:

# %%
stock = comparison.runs["labour_stock"].sel(year=2040)
base, policy = stock.sel(scenario="base").to_numpy(), stock.sel(scenario="labour_growth").to_numpy()
paired = np.quantile(policy - base, [0.05, 0.95])
unpaired = np.quantile(policy - np.roll(base, 1), [0.05, 0.95])
print("Workers, effect of labour_growth in 2040, 90 % of draws")
print(f"  same luck:        {paired[0]:+10,.0f} to {paired[1]:+10,.0f}")
print(f"  different luck:   {unpaired[0]:+10,.0f} to {unpaired[1]:+10,.0f}")

# %% [markdown]
# ## Targets
#
# The documents hold pledges and official targets. The model is not calibrated on them, so that
# it can be asked how likely they are kept:

# %%
chances = vj.target_probabilities(comparison.runs)
charts.targets(chances, model)

# %% [markdown]
# Most pledges hang on things that none of the three policies touches: their dots stand in each
# other. Targets that cannot be judged stay in the table, with the reason:

# %%
chances[chances["scenario"] == "base"].query("probability.isna()")[["label", "by", "note"]]

# %% [markdown]
# ## What the effects are not
#
# - **Not forecasts.** They say what follows *if* a policy is carried out as written, all else
#   being as in the baseline. Whether it will be is not asked.
# - **Not estimates from data.** Hardly a link between sectors has a published size, and none is
#   estimated on the five documents; [What drives it](what_drives_it.ipynb) shows what each
#   carries.
# - **Not costs and benefits.** Nobody's welfare is weighed, and what a policy costs is not
#   counted.
# - **Not complete.** Security assistance may well help or harm trade; the model has no link for
#   it, since no size could be defended, and shows "none by construction".
#
# ## Take it along
#
# The table as CSV for a spreadsheet, and all projections in the format of the IAMC, which
# scenario databases read:

# %%
folder = Path("results/three_policies")
folder.mkdir(parents=True, exist_ok=True)
comparison.table(HEADLINES, [2030, 2040]).to_csv(folder / "effects.csv", index=False)
exchange.write_iamc(comparison.runs, model, folder / "projections_iamc.csv", force=True)
for file in sorted(folder.iterdir()):
    print(f"{file.as_posix()}: {len(pd.read_csv(file))} rows")

# %% [markdown]
# `python -m vnjp_sim compare oda_expansion osa_framework labour_growth` prints the effects in a
# terminal, and `report` writes a page with words and charts.
