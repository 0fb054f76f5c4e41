# %% [markdown]
# # What drives it
#
# A scenario has an effect, and a projection has a band. This notebook decomposes both: what each
# part of a scenario contributes, through which links, and where the uncertainty comes from.

# %%
import os
from pathlib import Path

import pandas as pd

import vnjp_sim as vj
from vnjp_sim import charts

charts.show_pictures()  # which need no JavaScript
pd.options.display.float_format = lambda x: f"{x:,.0f}" if abs(x) >= 1000 else f"{x:,.2f}"
pd.options.display.max_colwidth = 100
if Path.cwd().name == "notebooks":
    os.chdir("..")  # results/ lies beside notebooks/

model = vj.load_model()

# %% [markdown]
# ## What contributes
#
# `labour_growth` raises the demand for three groups of workers, and the share of those who finish
# their training and stay. How much does each contribute to remittances? The answer must not depend
# on the order in which the levers are added. Therefore `vj.attribute` runs the scenario with every
# subset of its levers and computes Shapley values: the mean, over all orders, of what a lever adds
# to those before it. Contributions sum to the effect, in every draw.

# %%
labour = vj.attribute("labour_growth", ["labour_remittances", "trade_turnover", "labour_stock"])
labour

# %%
labour.plot("labour_remittances", 2040)

# %%
labour.table("labour_remittances", 2040)[["label", "mean", "p05", "p95", "solo"]]

# %% [markdown]
# `mean` is the contribution within the whole scenario, `solo` the effect of the lever alone. Where
# the two differ, levers weaken or strengthen each other. The interaction is the effect of all
# levers together minus the sum of their effects alone:

# %%
for name in labour.total:
    row = labour.years.index(2040)
    total = labour.total[name][row].mean()
    beyond = labour.interaction(name)[row].mean()
    print(f"{name}: the effect is {total:,.4g}, of which interaction {beyond / total:+.0%}")

# %% [markdown]
# With a negative interaction, adding up the effects of single measures overstates their joint
# effect: what Vietnam can send and what Japan takes are limited, so more workers under one lever
# leave room for fewer under another.
#
# A scenario may also hold events. `osa_framework@vessels` has two levers and three events,
# and `vj.attribute` runs all of their combinations; few draws are enough for a mean.

# %%
security = vj.attribute(
    "osa_framework@vessels", ["index_partnership", "security_equipment"], draws=500
)
security.plot("index_partnership", 2040)

# %% [markdown]
# For security the index counts vessels and equipment in service, exchanges and port calls, at
# weights of judgement. About half of the effect is the six vessels that are ordered on a loan; the
# rest is divided among the other four. A grant is not counted beside what it buys. The equipment
# comes from grants, which a larger programme makes larger; two used vessels take a little of the
# same money:

# %%
security.plot("security_equipment", 2040)

# %% [markdown]
# The index does not say what the vessels are good for. A part of its effect is arithmetic: the
# order is counted because the index counts vessels.
#
# ## Which links matter
#
# Effects beyond a policy's own sector pass through links. Each link has a size with a prior, a
# lag, and grades: its sign, its size and its spread are each `published` if a publication gives
# them, or `assumed` if they are judgement. In the picture a solid line has a published or empirical
# size.

# %%
model.plot()

# %% [markdown]
# Remove one link at a time, and see how much of the mean effect is lost:

# %%
losses = pd.concat(
    vj.link_losses(name, ["trade_turnover", "investment_stock"], draws=1000).assign(scenario=name)
    for name in ["labour_growth", "oda_expansion"]
)
losses.set_index(["scenario", "indicator"])[["link", "grade", "effect", "lost"]]

# %% [markdown]
# A loss of 1 means that the effect depends on this link alone: if its size is wrong, so is the
# effect, in proportion. Losses need not sum to 1. The links of a chain multiply, so removing any
# one of them removes the effect of the whole chain.
#
# For workers the answer is clear: residents know both markets and raise trade in both directions.
# Sign and size of that link are published; its spread is judgement, so that its grade, that of the
# weakest part, is `assumed`. For aid it may be surprising: trade rises mostly because loans buy
# goods from Japan while they are spent. The longer chain, from infrastructure to investment to
# trade, adds little by 2040. The sizes of both are judgements.
#
# ## Where the uncertainty comes from
#
# A band is wide for several reasons, and each has a different remedy. `vj.uncertainty_budget`
# divides the variance among sources, by running the model with one source of uncertainty redrawn
# at a time:
#
# - **reporting**: the figures are rounded and disagree; better sources would help,
# - **model form** and **calibrated parameters**: the history is short; longer series would help,
# - **published priors** and **assumptions**: sizes that others measured or that we judged; research
#   would help,
# - **process noise**: the random shocks of years without a figure; a better model would not help.

# %%
levels = vj.uncertainty_budget("base", ["trade_turnover", "labour_stock"])
levels.plot("trade_turnover")

# %%
levels.plot("labour_stock")

# %% [markdown]
# At first most of the variance is process noise, which no knowledge of parameters reduces: for the
# year 2025 there is no figure either. Priors gain weight with the horizon. For workers
# assumptions, above all of what limits their number, have the largest share in 2040.
#
# Effects have an uncertainty budget of their own. Most shocks affect scenario and baseline alike
# and cancel in the difference; what remains is mainly the size of links and of the instruments.

# %%
effects = vj.uncertainty_budget(
    "labour_growth", ["trade_turnover", "labour_remittances"], of_effects=True
)
effects.plot("trade_turnover")

# %%
effects.plot("labour_remittances")

# %% [markdown]
# The same in numbers, for the last year:

# %%
together = {
    "trade, level": levels.table("trade_turnover"),
    "trade, effect of labour_growth": effects.table("trade_turnover"),
    "remittances, effect of labour_growth": effects.table("labour_remittances"),
}
pd.DataFrame(
    {
        name: table[table["year"] == 2040].set_index("source")["share"]
        for name, table in together.items()
    }
)

# %% [markdown]
# Interactions are large for effects: a lever that raises the intake in proportion adds more people
# where the level is higher, so that its size and the level multiply. A share below zero is
# sampling error around zero.
#
# ## What to conclude
#
# - An effect that depends on one `assumed` link restates that assumption. Quote it together with
#   the link's prior, or not at all.
# - Add up contributions (Shapley values), never the effects of single measures.
# - Where process noise dominates, a better model would not help: plan for the whole band.
# - Where assumptions dominate, research on the assumed sizes would help; `models/links.yml` says
#   what is known about them.
# - Where reporting and calibrated parameters dominate, figures of your own help: see [Own scenario
#   and data](own_scenario_and_data.ipynb).
