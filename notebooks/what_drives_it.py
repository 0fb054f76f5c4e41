# %% [markdown]
# # What drives it
#
# A scenario has an effect, and a projection has a band. This notebook takes both apart: what
# each part of a scenario contributes, which links carry it, and where the uncertainty comes
# from.

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
# `labour_growth` raises the intake of three groups of workers. Which of them brings the
# remittances? The answer must not depend on the order in which the levers are pulled, so that
# `vj.attribute` runs the scenario with every subset of its levers and takes the Shapley value:
# the mean, over all orders, of what a lever adds when it comes in. Contributions sum to the
# effect, in every draw.

# %%
labour = vj.attribute("labour_growth", ["labour_remittances", "trade_turnover", "labour_stock"])
labour

# %%
charts.waterfall(labour.table("labour_remittances", 2040), "labour_remittances", 2040, model)

# %%
labour.table("labour_remittances", 2040)[["label", "mean", "p05", "p95", "solo"]]

# %% [markdown]
# `mean` is the contribution within the whole scenario, `solo` what the lever would do alone.
# Where the two differ, levers stand in each other's way or help each other. What they do
# together, beyond the sum of what they do alone:

# %%
for name in labour.total:
    row = labour.years.index(2040)
    total = labour.total[name][row].mean()
    beyond = labour.interaction(name)[row].mean()
    print(f"{name}: the effect is {total:,.4g}, of which interaction {beyond / total:+.0%}")

# %% [markdown]
# A negative interaction is a warning against adding up the effects of single measures: Japan's
# demand for workers has a ceiling, and who comes under one lever takes room from another.
#
# A scenario may also hold events. `osa_framework` has two levers and three events, so that
# `vj.attribute` runs all of their combinations; few draws are enough for a mean.

# %%
security = vj.attribute("osa_framework", ["index_partnership", "security_vessels"], draws=500)
charts.waterfall(security.table("index_partnership", 2040), "index_partnership", 2040, model)

# %% [markdown]
# One lever carries all of it. Of security the index counts exchanges; vessels and grants do not
# enter. The scenario raises what the index counts, which is bookkeeping, not a consequence.
#
# ## Which links carry
#
# Effects beyond a policy's own sector travel along links. Each has a size with a prior, a lag,
# and a grade: `published` if a publication gives the size, `assumed` if it is a judgement.

# %%
charts.causal_graph(model)

# %% [markdown]
# Cut one link at a time, and see how much of the mean effect is lost:

# %%
losses = pd.concat(
    vj.link_losses(name, ["trade_turnover", "investment_stock"], draws=1000).assign(scenario=name)
    for name in ["labour_growth", "oda_expansion"]
)
losses.set_index(["scenario", "indicator"])[["link", "grade", "effect", "lost"]]

# %% [markdown]
# A loss of 1 means that the effect hangs on this link alone: if its size is wrong, so is the
# effect, in proportion. Losses need not sum to 1, since links that act one behind the other
# multiply: cut any link of a chain, and all that it carries is lost.
#
# For workers the answer is plain: residents know both markets and carry trade, in both
# directions, by a published size. For aid it may surprise: what moves trade is mostly that loans
# buy goods from Japan while they are spent. The long way, over infrastructure that draws
# investment that carries trade, brings little by 2040. Both are judgements.
#
# ## Where the uncertainty comes from
#
# A band is wide for several reasons, and they call for different remedies.
# `vj.uncertainty_budget` splits the variance by running the model with one source of uncertainty
# exchanged at a time:
#
# - **reporting**: the figures are rounded and disagree; better sources would help,
# - **model form** and **calibrated parameters**: the history is short; longer series would help,
# - **published priors** and **assumptions**: what others measured, and what we judged; research
#   would help,
# - **process noise**: each year's luck; nothing helps.

# %%
levels = vj.uncertainty_budget("base", ["trade_turnover", "labour_stock"])
charts.budget(levels, "trade_turnover", model)

# %%
charts.budget(levels, "labour_stock", model)

# %% [markdown]
# At the left edge stands the doubt about where we are; it gives way to doubt about where things
# go, and most of that is the luck of the years, which no research will narrow. Assumptions weigh
# more the longer the way.
#
# Effects have a budget of their own. Much of the luck hits scenario and baseline alike and falls
# out of the difference; what is left is how strong levers and links are.

# %%
effects = vj.uncertainty_budget(
    "labour_growth", ["trade_turnover", "labour_remittances"], of_effects=True
)
charts.budget(effects, "trade_turnover", model)

# %%
charts.budget(effects, "labour_remittances", model)

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
# Interactions are large in effects: a lever moves more people where there are more to move, so
# that its strength and the level multiply. A share below zero is sampling error around zero.
#
# ## What to conclude
#
# - An effect that is carried by one `assumed` link is that assumption, worked out. Quote it with
#   the link's prior beside it, or not at all.
# - Add up contributions (Shapley values), never the effects of single measures.
# - Where process noise rules, do not ask for a better model: plan for the band.
# - Where assumptions rule, ask for research on that one number. The budget says which;
#   `models/links.yml` says what is known of it.
# - Where reporting and calibrated parameters rule, figures of your own help: see [Own scenario
#   and data](own_scenario_and_data.ipynb).
