# %% [markdown]
# # Three policies compared
#
# Japan doubles its new aid commitments by 2030 (`oda_expansion`); Official Security Assistance
# grows into a programme (`osa_framework`); Japan opens further to Vietnamese workers
# (`labour_growth`). What does each change, what does it cost and who pays, how sure is it, and does
# it hold in a harder world?

# %%
import os
from pathlib import Path

import numpy as np
import pandas as pd

import vnjp_sim as vj
from vnjp_sim import charts

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
# Before the effects, look at the inputs. A scenario lists its differences from the baseline, and
# says why each has its size; everything else is equal. Most sizes are judgement:

# %%
for name in POLICIES:
    print(name)
    for one in comparison.assumptions(name):
        print(f"    {one.name} {one.size}\n        {one.reason.why} [{one.reason.grade}]")

# %% [markdown]
# ## Effects
#
# All scenarios use common random numbers: draw 17 has the same parameters and shocks in each. An
# effect is the difference *within each draw*, so its interval includes only the uncertainty that
# bears on the difference. A cell shows the median effect in 2040, its 90 % interval, and a warning
# where one is needed.

# %%
HEADLINES = [
    "oda_net",
    "oda_infrastructure",
    "investment_stock",
    "trade_turnover",
    "labour_workers_all",
    "labour_remittances",
    "people_residents",
    "security_vessels",
    "security_equipment",
    "index_partnership",
]
comparison.overview(2040, HEADLINES)

# %% [markdown]
# How to read the warnings:
#
# - **none by construction**: no link of the model leads from this policy to this indicator. The
#   zero is an assumption, not a result.
# - **the sign is uncertain**: there is a link, but more than one draw in twenty disagrees on the
#   sign. The share of the draws that rise or fall is given; do not quote a direction without it.
# - **rests mostly on assumptions**: more than half of the variance of the effect comes from
#   judgement. Another expert could assume another size, and would get another effect.
#
# Each policy first changes its own sector, which is close to arithmetic. Its effects *beyond* that
# sector are smaller and more interesting. Here they are in per cent of the baseline, over time;
# the numbers come from `comparison.table()`.

# %%
moved = comparison.table(["investment_stock", "people_learners", "trade_turnover"], [2030, 2040])
moved = moved[moved["mark"] != "none by construction"].set_index(["scenario", "label", "year"])
moved[["relative_p05", "relative_p50", "relative_p95", "mark"]].round(2)

# %% [markdown]
# Doubling aid adds a fraction of a per cent to trade, more workers add about two per cent, and
# grants of security assistance nothing, since no link leads from them to trade. That workers come
# first rests on one link, from the network of residents to trade, whose size is that of settled
# migrants in other countries. [What drives it](what_drives_it.ipynb) shows through which links the
# effects pass.
#
# ## Aid: loans come first, repayments later
#
# Commitments rise at once, disbursements follow over the years of building, and the new loans are
# repaid from the eleventh year on. The medians of a year:

# %%
LABELS = model.registry.indicators


def medians(
    scenario: str, indicators: list[str], years: list[int], of: vj.Comparison = comparison
) -> pd.DataFrame:
    """Return the medians of a scenario, a row a year."""
    levels = of.runs[indicators].sel(scenario=scenario, year=years)
    chosen = levels.quantile(0.5, "draw")
    table = chosen.to_dataframe()[indicators]
    return table.rename(columns=lambda name: f"{LABELS[name].label}, {LABELS[name].unit}")


AID = [
    "oda_loans",
    "oda_disbursements",
    "oda_repayments",
    "oda_net",
    "oda_debt",
    "oda_infrastructure",
]
pd.concat(
    {name: medians(name, AID, [2025, 2030, 2035, 2040]) for name in ["base", "oda_expansion"]}
).round(1)

# %%
comparison.plot("oda_net")

# %% [markdown]
# In the baseline Vietnam repays more than Japan pays out. Doubled commitments turn net aid positive
# from about 2030 on. Grants of security assistance are no aid, and labour contains none.
#
# ## Security: money, ships, equipment, and who pays
#
# Grants buy two used vessels and then sets of equipment (radars, boats, means of communication). In
# a variant six new vessels come on a yen loan besides, which is charged to aid. The sums of 2026 to
# 2040, in each draw:

# %%
SECURITY = ["osa_framework", "osa_framework@vessels"]
security = vj.compare(SECURITY)
PURSES = ["security_osa_grants", "security_osa_vessel_cost", "security_vessel_loans"]
spent = (
    security.runs[PURSES]
    .sel(year=slice(2026, 2040))
    .sum("year")
    .quantile([0.05, 0.5, 0.95], "draw")
)
sums = spent.to_dataframe()[PURSES].rename(columns=lambda name: f"{LABELS[name].label}, JPY bn")
sums.T.round(1)

# %%
CAPABILITY = ["security_vessels", "security_equipment", "security_exchanges"]
pd.concat(
    {
        name: medians(name, CAPABILITY, [2025, 2030, 2035, 2040], security)
        for name in ["base", *SECURITY]
    }
)

# %%
security.plot("security_vessels")

# %% [markdown]
# Grants more than double, but a loan for six vessels is almost three times all of them: Japan's
# taxpayers would give the smaller part, and Vietnam borrow the larger. The six used vessels of 2015
# leave service about 2035. Six vessels are left in 2040 without the programme, eight with its
# grants, fourteen with the loan.
#
# ## Labour: four statuses, and the hand-over of 2027
#
# The technical intern programme ends: from April 2027 new trainees come under Employment for Skill
# Development, and the last interns have left by the end of 2030. The medians, in thousand persons:

# %%
STATUSES = ["labour_trainees", "labour_skill_development", "labour_skilled", "labour_engineers"]
WORKERS = [*STATUSES, "labour_workers_all"]
workers = comparison.runs[WORKERS].sel(scenario=["base", "labour_growth"]) / 1000
workers = workers.sel(year=[2025, 2027, 2028, 2029, 2030, 2035, 2040]).quantile(0.5, "draw")
workers.to_dataframe()[WORKERS].rename(columns=lambda name: LABELS[name].label).round(0)

# %% [markdown]
# All Vietnamese workers, of every status, beside all foreign workers in Japan:

# %%
both = comparison.runs.sel(scenario=["base", "labour_growth"], year=[2025, 2030, 2040])
foreign = both.labour_workers_all / (both.labour_foreign_share / 100)
beside = both.assign(foreign=foreign / 1e6, vietnamese=both.labour_workers_all / 1e6)
beside = beside[["vietnamese", "foreign", "labour_foreign_share"]].quantile(0.5, "draw")
beside.to_dataframe()[["vietnamese", "foreign", "labour_foreign_share"]].set_axis(
    ["Vietnamese, mn", "all foreign workers, mn", "share, percent"], axis=1
).round(2)

# %% [markdown]
# Japan wants more under the policy, but fewer come than are wanted: Vietnam's young people and
# their wages at home limit the supply. The lower edge of the effect turns down at the end, since in
# some draws that limit, or Japan's room, is reached with or without the policy:

# %%
comparison.plot("labour_workers_all")

# %% [markdown]
# ## One index?
#
# The composite index of the partnership averages the sectors, with weights that are themselves
# uncertain. All three policies change it. It is useful for an overview, but not for an argument,
# since it hides which sector has changed.

# %%
comparison.plot("index_partnership")

# %% [markdown]
# ## Low, central, high
#
# Sizes are judgement, so each policy has a smaller and a larger version. Nothing in the model says
# which is more likely. Median and 90 % interval of the effect in 2040:

# %%
MAIN = {
    "oda_expansion": ["oda_net", "oda_infrastructure"],
    "osa_framework": ["security_vessels", "security_equipment"],
    "labour_growth": ["labour_workers_all", "labour_remittances"],
}


def effect_text(comparison: vj.Comparison, scenario: str, year: int) -> pd.Series:
    """Return the main effects of a scenario in a year, without the marks of `overview`."""
    policy = next(name for name in MAIN if scenario.startswith(name))
    return comparison.overview(year, MAIN[policy])[scenario].str.split(" (", regex=False).str[0]


sizes = {}
for name in POLICIES:
    versions = vj.compare([f"{name}@low", name, f"{name}@high"])
    columns = zip(["low", "central", "high"], versions.scenarios, strict=True)
    sizes[name] = pd.DataFrame({size: effect_text(versions, one, 2040) for size, one in columns})
pd.concat(sizes)

# %% [markdown]
# ## Under stress
#
# Does a policy do the same in a harder world? Each is put together with a stress case, and compared
# with that stress alone: tension at sea, a stop as in a pandemic, a weak yen.

# %%
STRESSES = ["maritime_tension", "demand_shock", "weak_yen"]
worlds = {"none": (comparison, {name: name for name in POLICIES})}
for stress in STRESSES:
    pairs = {name: vj.new_scenario([name, stress], name=f"{name}_in_{stress}") for name in POLICIES}
    names = {name: scenario.name for name, scenario in pairs.items()}
    worlds[stress] = (vj.compare(list(pairs.values()), baseline=stress), names)
under = {
    (name, year): pd.DataFrame(
        {stress: effect_text(world, names[name], year) for stress, (world, names) in worlds.items()}
    )
    for name in POLICIES
    for year in (2030, 2040)
}
pd.concat(under, names=["policy", "year", "effect"])

# %% [markdown]
# The policies do nearly the same as without stress, with two exceptions. A weak yen makes yen
# worth fewer dollars: the loans build less, and workers send less home. After closed borders the
# effect on workers of 2030 is smaller, since fewer could enter; by 2040 it has caught up. Money
# does not react: the model has no government that cuts aid in a crisis.
#
# In a terminal: `vnjp_sim compare oda_expansion --under demand_shock`.
#
# ## Scenarios in one chart
#
# The same effect, compared with the uncertainty of the level:

# %%
comparison.runs.vnjp.plot("labour_workers_all")

# %% [markdown]
# The bands overlap almost completely, and yet the sign of the effect is clear. The number of
# workers in 2040 is uncertain for reasons that all scenarios share; that there are *more with the
# policy than without it* is not. Subtracting one band from another would therefore be a mistake.
# The next cell shows how large a mistake, by comparing each draw with a different draw of the
# baseline:

# %%
stock = comparison.runs["labour_workers_all"].sel(year=2040)
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
# coincide. Targets of the past, and others that cannot be evaluated, stay in the table with the
# reason:

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
# - **Not costs and benefits.** The model counts loans, grants, repayments and what vessels cost,
#   but neither the costs of employers nor welfare, and sets no effect against its cost.
# - **Not complete.** Security may well help or harm trade. The model has no link for it, since
#   there is no evidence on its size; only a loan for vessels buys Japanese goods.
#
# ## Export
#
# A workbook with findings, charts and all numbers for Excel; the effects as CSV; and all
# projections in the IAMC format, which scenario databases read:

# %%
folder = Path("results/three_policies")
folder.mkdir(parents=True, exist_ok=True)
comparison.to_excel(folder / "policies.xlsx", force=True)
comparison.export(folder / "effects.csv", force=True)
comparison.runs.vnjp.export(folder / "projections_iamc.csv", "iamc", force=True)
for file in sorted(folder.iterdir()):
    print(file.as_posix())

# %% [markdown]
# `vnjp_sim compare oda_expansion osa_framework labour_growth` prints the effects in a
# terminal, and `report` writes a page with text and charts.
