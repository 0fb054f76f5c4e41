# %% [markdown]
# # A first tour
#
# `vnjp_sim` projects the partnership of Vietnam and Japan to 2040: trade, investment, aid,
# security, labour, people. This notebook shows the data of the model, runs the baseline, explains
# how to read a band, and traces a number to the line of the document that it comes from.
#
# The first run calibrates the model on the documents' figures, which takes about a minute. The
# result is stored in `results/`, so that later runs are quick.

# %%
import os
from pathlib import Path

import altair as alt
import pandas as pd

import vnjp_sim as vj
from vnjp_sim import charts

charts.show_pictures()  # which need no JavaScript
pd.options.display.float_format = lambda x: f"{x:,.0f}" if abs(x) >= 1000 else f"{x:,.3g}"
pd.options.display.max_colwidth = 100
if Path.cwd().name == "notebooks":
    os.chdir("..")  # results/ lies beside notebooks/

# %% [markdown]
# ## The data and the assumptions
#
# All data and all assumptions are in the folder `models/`, as text files that you can read and
# change.

# %%
model = vj.load_model()
model

# %% [markdown]
# The history comes from a handful of documents. With the date of publication the model can
# ignore what was not yet known on a given day. The reliability determines how far a document's
# figures may be wrong beyond rounding.

# %%
documents = model.evidence.documents
pd.DataFrame(
    {
        "title": [d.title for d in documents.values()],
        "language": [d.language for d in documents.values()],
        "published": [d.published for d in documents.values()],
        "reliability": [d.reliability for d in documents.values()],
    },
    index=list(documents),
)

# %% [markdown]
# How many figures does each sector have? The table counts those that the calibration uses, and
# those that are only kept because they conflict with better ones, are forecasts, or serve as
# checks.

# %%
registry = model.registry.indicators
figures = pd.DataFrame(
    {
        "sector": [registry[f.indicators[0]].sector for f in model.evidence.observations],
        "use": [
            "calibrates" if f.use == "calibrate" else "kept only"
            for f in model.evidence.observations
        ],
    }
)
pd.crosstab(figures["sector"], figures["use"])

# %% [markdown]
# That is little for a projection of fifteen years. The rest is judgement, and every judgement is
# marked as one. With so short a history, honest bands are wide.
#
# ## Run the baseline
#
# The baseline shows what follows if past trends and existing agreements continue. It does not
# forecast what governments will decide.

# %%
runs = vj.run("base")
print(f"{len(runs.data_vars)} indicators over {dict(runs.sizes)}")
baseline = runs.sel(scenario="base", drop=True)
shown = ["trade_turnover", "investment_stock", "oda_disbursements", "labour_workers_all"]
baseline[shown].sel(year=2030).to_dataframe()[shown].head()

# %% [markdown]
# The result is an xarray `Dataset` with a variable for each indicator, over scenario, year and
# draw; `runs.vnjp` shows it as a table, draws it and writes it to Excel. A **draw** is one possible
# future: one value for everything that is uncertain, followed through all sectors and years. The
# rows above are the year 2030 of the first five draws.
#
# For a publication, take quantiles over the draws:

# %%
levels = baseline[shown].sel(year=[2025, 2030, 2040]).quantile([0.05, 0.5, 0.95], "draw")
table = levels.to_dataframe()[shown].reset_index().pivot_table(index="year", columns="quantile")
table = table.T.rename(index=lambda name: f"{registry[name].label}, {registry[name].unit}", level=0)
table.rename(index="{:.0%}".format, level=1)

# %% [markdown]
# ## What the bands mean
#
# A fan chart shows the documents' figures as they were reported, the calibrated history in grey,
# and the projection.

# %%
posterior, _ = vj.posterior_of(model)
runs.vnjp.plot("trade_turnover", posterior=posterior)

# %% [markdown]
# The dark band holds half of the draws, the light one 90 %. Read it year by year: *given the
# model*, one future in twenty lies above the light band in that year, and one below. Three
# things to keep in mind:
#
# - A band is not a path. No future follows the median or an edge; actual paths wander, as the
#   next picture shows.
# - A band is not symmetric. Growth compounds, so that good years add more than bad years take.
# - A band is not complete. It does not include what the model leaves out (`docs/limits.md`).

# %%
turnover = baseline.trade_turnover
some = turnover.isel(draw=slice(0, 10)).to_dataframe().reset_index()
alt.Chart(some, title="Ten futures of trade turnover, USD bn").mark_line(strokeWidth=1.5).encode(
    x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)),
    y=alt.Y("trade_turnover:Q", title=None),
    color=alt.Color("draw:N", legend=None),
).properties(width=640, height=260)

# %% [markdown]
# Answer questions with the draws, not with the band: count the futures in which a statement
# holds. Since a draw is a complete future, the statement may span years and sectors.

# %%
last = turnover.sel(year=2025)
workers = baseline.labour_workers_all
more_trade = turnover.sel(year=2030) > 1.25 * last
more_workers = workers.sel(year=2030) > 1.25 * workers.sel(year=2025)
falls = (turnover.sel(year=slice(2026, 2030)) < last).any("year")
print(f"Trade a quarter above 2025 by 2030:     {more_trade.mean():4.0%} of the futures")
print(f"Workers a quarter above 2025 by 2030:   {more_workers.mean():4.0%}")
print(f"Both:                                   {(more_trade & more_workers).mean():4.0%}")
print(f"Both, if they were independent:         {more_trade.mean() * more_workers.mean():4.0%}")
print(f"Trade below 2025 in some year to 2030:  {falls.mean():4.0%}")

# %% [markdown]
# "Both" is more likely than the product of the two, and less likely than either: trade and
# workers have some shocks in common. A growing median does not mean growth in every year: many
# futures contain a dip.
#
# All indicators of a sector:

# %%
charts.sector(runs, "labour", model, posterior)

# %% [markdown]
# The points are figures of documents. Up to the last of them stocks follow their laws; afterwards
# people come and go: entries are the smaller of what Japan wants and what Vietnam can send, softly,
# and each stock is what it was, plus entries, less exits. The technical intern programme ends, so
# that no trainee is left in 2030; their successors are under Employment for Skill Development.
# Indicators without points follow from others, remittances for example from the stock and an amount
# in yen per worker.
#
# ## Trace a figure to its document
#
# Where does the turnover of 2022 come from? `vj.trace` lists every figure about that year.

# %%
traced = vj.trace("trade_turnover", 2022)
traced[["period", "value", "unit", "reported", "use", "document", "lines"]]

# %% [markdown]
# `lines` are line numbers in the document's text, and `place` says where they are in the
# publication. Conflicting figures stay visible, each with its `use` and, where it is not used,
# the reason in `note`:

# %%
for figure in traced[traced["use"] != "calibrate"].itertuples():
    print(f"{figure.printed} {figure.unit}, {figure.place}\n   {figure.use}: {figure.note}")

# %% [markdown]
# Conflicts are not averaged away. In a terminal, `vnjp_sim trace trade_turnover` also
# shows the law, its priors with their references, and the links that act on the indicator.
#
# ## What was learnt from the figures
#
# The calibration page of a law shows its figures with the fitted history, the continuation under
# each growth form, and the weight that the figures give to each form. Below are the priors
# (grey) and the posteriors (blue) of its parameters.

# %%
charts.calibration_page(posterior, model, "trade_turnover")

# %% [markdown]
# Where blue coincides with grey, the figures contain no information on the parameter, and the
# projection rests on the prior. The same as a table, for all parameters of the law; compare `sd`
# with `prior_sd`.

# %%
learnt = posterior.table().set_index("name")
print(f"The figures inform {learnt['learnt'].sum()} of the {len(learnt)} calibrated parameters.")
columns = ["prior", "grade", "prior_mean", "prior_sd", "mean", "sd", "learnt"]
learnt.loc[learnt.index.str.startswith("trade_turnover."), columns]

# %% [markdown]
# The others are judgements, with their reasons in `models/parameters/`. [What drives
# it](what_drives_it.ipynb) shows how much of a band they account for, and [Own scenario and
# data](own_scenario_and_data.ipynb) what better figures would change.
