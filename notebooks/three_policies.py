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
# `vj.compare` runs the scenarios and their baseline. With `budgets=True` it also computes how
# much of each effect's uncertainty comes from assumptions, which takes some seconds per scenario.

# %%
POLICIES = ["oda_expansion", "osa_framework", "labour_growth"]
comparison = vj.compare(POLICIES, budgets=True)
model = vj.load_model()
comparison

# %% [markdown]
# Before the effects, look at the inputs. A scenario lists its differences from the baseline;
# everything else is equal:

# %%
for name in POLICIES:
    print(name, *comparison.differences(name), sep="\n    ")

# %% [markdown]
# ## Effects
#
# All scenarios use common random numbers: draw 17 has the same parameters and shocks in each. An
# effect is the difference *within each draw*, so its interval includes only the uncertainty that
# bears on the difference. A cell shows the median effect in 2040, its 90 % interval, and a warning
# where one is needed.

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
#   zero is an assumption, not a result.
# - **indistinguishable from zero**: there is a link, but the sign of the effect differs between
#   draws. All that can be said is that the effect is not large.
# - **prior-driven**: within the model the direction is clear, but more than half of the
#   uncertainty about its size comes from judgement. Another expert could assume another size,
#   and would get another effect.
#
# Each policy first changes its own sector, which is close to arithmetic. Its effects *beyond* that
# sector are smaller and more interesting. Here they are in per cent of the baseline, over time;
# the numbers come from `comparison.table()`.

# %%
moved = comparison.table(["labour_stock", "investment_stock", "trade_turnover"], [2030, 2035, 2040])
moved = moved[moved["mark"] != "none by construction"].set_index(["scenario", "label", "year"])
moved[["relative_p05", "relative_p50", "relative_p95", "mark"]].round(2)

# %% [markdown]
# Doubling aid adds a fraction of a per cent to trade, more workers add a few per cent. That
# matters if aid is justified by its effect on trade. [What drives it](what_drives_it.ipynb) shows
# through which links the effects pass.
#
# ## Effects over time
#
# Aid takes years to become roads and ports: commitments rise at once, disbursements follow over
# the years of building.

# %%
effects = comparison.effects()
charts.effect_fan(effects, "oda_disbursements", model)

# %% [markdown]
# Two panels are flat at zero, since the other policies contain no aid. For workers only the third
# panel changes. The effect keeps growing after the levers have reached their full size, since
# people stay for years. The lower edge turns down at the end: in some draws Japan's demand for
# workers is met by then, with or without the policy.

# %%
charts.effect_fan(effects, "labour_stock", model)

# %% [markdown]
# The composite index of the partnership averages the sectors, with weights that are themselves
# uncertain. All three policies change it. It is useful for an overview, but not for an argument,
# since it hides which sector has changed.

# %%
charts.effect_fan(effects, "index_partnership", model)

# %% [markdown]
# ## Scenarios in one chart
#
# The same effect, compared with the uncertainty of the level:

# %%
charts.overlay(comparison.runs, "labour_stock", model)

# %% [markdown]
# The bands overlap almost completely, and yet the sign of the effect is clear. The number of
# workers in 2040 is uncertain for reasons that all scenarios share; that there are *more with the
# policy than without it* is not. Subtracting one band from another would therefore be a mistake.
# The next cell shows how large a mistake, by comparing each draw with a different draw of the
# baseline:

# %%
stock = comparison.runs["labour_stock"].sel(year=2040)
base, policy = stock.sel(scenario="base").to_numpy(), stock.sel(scenario="labour_growth").to_numpy()
paired = np.quantile(policy - base, [0.05, 0.95])
unpaired = np.quantile(policy - np.roll(base, 1), [0.05, 0.95])
print("Workers, effect of labour_growth in 2040, 90 % of draws")
print(f"  same random numbers:       {paired[0]:+10,.0f} to {paired[1]:+10,.0f}")
print(f"  different random numbers:  {unpaired[0]:+10,.0f} to {unpaired[1]:+10,.0f}")

# %% [markdown]
# ## Targets
#
# The documents contain pledges and official targets. The model is not calibrated on them, so it
# can estimate how likely they are to be met:

# %%
chances = vj.target_probabilities(comparison.runs)
charts.targets(chances, model)

# %% [markdown]
# Most targets depend on quantities that none of the three policies changes, so that their dots
# coincide. Targets that cannot be evaluated stay in the table, with the reason:

# %%
chances[chances["scenario"] == "base"].query("probability.isna()")[["label", "by", "note"]]

# %% [markdown]
# ## What the effects are not
#
# - **Not forecasts.** They show what follows *if* a policy is carried out as written, with all
#   else as in the baseline. They do not say whether it will be.
# - **Not estimates from data.** Few links between sectors have a published size, and none is
#   estimated on the five documents; [What drives it](what_drives_it.ipynb) shows the effect that
#   passes through each.
# - **Not costs and benefits.** The model does not evaluate welfare, and does not count what a
#   policy costs.
# - **Not complete.** Security assistance may well help or harm trade. The model has no link for
#   it, since there is no evidence on its size, and shows "none by construction".
#
# ## Export
#
# The table as CSV for a spreadsheet, and all projections in the IAMC format, which scenario
# databases read:

# %%
folder = Path("results/three_policies")
folder.mkdir(parents=True, exist_ok=True)
comparison.table(HEADLINES, [2030, 2040]).to_csv(folder / "effects.csv", index=False)
exchange.write_iamc(comparison.runs, model, folder / "projections_iamc.csv", force=True)
for file in sorted(folder.iterdir()):
    print(f"{file.as_posix()}: {len(pd.read_csv(file))} rows")

# %% [markdown]
# `vnjp_sim compare oda_expansion osa_framework labour_growth` prints the effects in a
# terminal, and `report` writes a page with text and charts.
