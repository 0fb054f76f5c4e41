# %% [markdown]
# # Deciding under uncertainty
#
# A ministry has room for one initiative with Japan in the coming budget: ask for **more aid**
# (`oda_expansion`), for **security assistance** (`osa_framework`), or for a **wider intake of
# workers** (`labour_growth`). The yen may fall again, and borders may close again. Which one, with
# which aim, and how sure can one be?
#
# This notebook goes from the question to a recommendation that can be quoted, in eight steps. All
# numbers are computed where they stand; run it again with other policies, and the sentences follow.

# %%
import os
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd

import vnjp_sim as vj
from vnjp_sim import charts

charts.show_pictures()  # which need no JavaScript
pd.options.display.max_colwidth = 90
if Path.cwd().name == "notebooks":
    os.chdir("..")  # results/ lies beside notebooks/

session = vj.Session(draws=2_000)


def say(text: str) -> None:
    """Print a sentence as a paragraph."""
    print(textwrap.fill(text, 92))


# %% [markdown]
# ## 1. The question
#
# Five things have to be written down before any number is looked at. They are the ministry's to
# choose, not the model's:

# %%
POLICIES = ["oda_expansion", "osa_framework", "labour_growth"]
STRESSES = ["weak_yen", "demand_shock"]
MEASURE, YEAR = "trade_turnover", 2035  # what the policies are compared by: all three move it
TARGET = f"labour_stock>=700000 in {YEAR}"  # the aim, if workers are chosen
CHANCE = 0.8  # how sure the ministry wants to be of it

for name in POLICIES + STRESSES:
    print(f"{name:15} {session.scenario(name).title}")

# %% [markdown]
# A *draw* is one possible future: a set of parameters that agrees with the documents, and
# what chance brings from year to year. The same 2,000 draws are used under each policy, so that
# policies are compared within each future. A *world* is the baseline or one of the stresses. Worlds
# have no probabilities: they are there to see whether a choice survives them.
#
# ## 2. Which policy is regretted least?
#
# The regret of a policy in a future is what the best of the policies would have given there, less
# what this one gives. Doing nothing is a policy too.

# %%
regret = session.regret(POLICIES, MEASURE, YEAR, under=STRESSES, target=TARGET)
regret

# %%
regret.plot()

# %% [markdown]
# One policy is best in nearly all futures, in each of the worlds. Two cautions before believing it.
# The measure is one indicator: what a policy brings beside it does not count, and neither does what
# it costs, until a cost is given (step 7). And the worlds are equally hard for all policies if none
# of them works through what the stress hits.
#
# Why is it best? A ranking is as good as the link that makes it:

# %%
effects = session.sensitivity([MEASURE], "labour_growth", of_effects=True)
effects.table(MEASURE, YEAR, top=4)[["label", "kind", "grade", "first", "error", "total"]]

# %%
losses = session.link_losses("labour_growth", [MEASURE], [YEAR]).nlargest(3, "lost")
losses[["driver", "response", "grade", "effect", "without", "lost"]].round(2)

# %% [markdown]
# A larger community carries more trade: that is known of other countries, and the size is taken
# from them. How far it holds for these two is a judgement (grade `assumed`), and it decides the
# ranking. A ministry that does not believe in the link has no reason of trade to prefer this
# policy. It has another one, its own aim.
#
# ## 3. What chance has the aim?

# %%
held = regret.table().pivot_table("satisfies", "policy", "world", sort=False)
(held.drop(columns="all worlds") * 100).round(0).astype(int).add_suffix(", %")

# %% [markdown]
# Aid and security assistance do nothing for this aim. The wider intake about doubles its chance,
# and keeps most of that under stress. Is that sure enough?
#
# ## 4. How far does the lever carry?
#
# The policy moves four levers. What each adds to the workers of the year, on average:

# %%
parts = session.attribute("labour_growth", ["labour_stock"]).contributions_in("labour_stock", YEAR)
parts = sorted(parts, key=lambda part: -part.mean)
for part in parts:
    print(f"{part.mean / 1e3:+6.0f} thousand  {part.label}")

# %% [markdown]
# `reach` moves the one that adds most, with the rest of the policy as it is, and asks which setting
# each future needs.

# %%
MAIN = parts[0].player.removeprefix("lever ")
LEVER = f"{MAIN} multiply 1:5"
reach = session.reach(TARGET, LEVER, "labour_growth", chance=CHANCE, points=6)
reach

# %%
reach.plot()

# %% [markdown]
# The curve flattens: beyond a point Vietnam's supply of workers limits what Japan can take in, and
# a higher ceiling does not help. Some futures no setting reaches. The same question in the worlds
# of the stresses:

# %%
settings = {"base": reach.curves[0]}
for world in STRESSES:
    both = f"{{name: hard, title: Wider intake and {world}, extends: [labour_growth, {world}]}}"
    settings[world] = session.reach(TARGET, LEVER, both, chance=CHANCE, points=6).curves[0]
for world, curve in settings.items():
    print(f"{world:13} {curve.finding(CHANCE)}; out of reach in {curve.never:.0%} of the futures")

# %% [markdown]
# ## 5. What does the answer hang on?

# %%
hangs = session.sensitivity(["labour_stock"], "labour_growth")
hangs.plot("labour_stock", YEAR)

# %%
leading = hangs.table("labour_stock", YEAR, top=5)
leading[["label", "kind", "grade", "first", "error", "total"]].round(3)

# %% [markdown]
# No single number decides. `first` is the part of the variance that would go if the number were
# known, `error` its standard error. Much of the rest is chance from year to year.
# `assumed` marks what rests on judgement: there the answer could change without any event, by a
# better argument.
#
# ## 6. What should be looked up next, and what has to be true for it to fail?

# %%
lookup = session.lookup("labour_stock", YEAR, "labour_growth")
lookup.table().head(5)[["label", "kind", "share", "narrowing"]].round(2)

# %%
discovery = session.discover(TARGET, "labour_growth")
discovery

# %% [markdown]
# The first says which figure to ask the office for: when it comes, the interval narrows by so much
# on average. The second describes where the aim is missed more often than elsewhere. It does not
# say why, and a low share of all misses means that they happen elsewhere, too.
#
# ## 7. What would change our mind?
#
# **A cost.** The model does not know what a wider intake costs employers, municipalities or the
# regions that workers leave. It can say how large such a cost would have to be for another policy
# to be chosen:

# %%
every = regret.table().query("world == 'all worlds'").set_index("policy")["mean"]
chosen, second = every.nsmallest(2).index
switch = every[second] - every[chosen]
dearer = session.regret(POLICIES, MEASURE, YEAR, under=STRESSES, costs={chosen: 1.05 * switch})
say(
    f"If {chosen} cost more than USD {switch:.1f} bn in {YEAR} beyond what {second} costs, "
    f"{second} would be regretted less on average. At USD {1.05 * switch:.1f} bn: {dearer.finding}."
)

# %% [markdown]
# **A figure.** In a year the office reports how many came in 2026. Each draw says what the figure
# would be, and whether the aim is reached nine years later; so the chance of the aim can be read
# off for each figure that may come:

# %%
FIGURE = "labour_entries"
runs = session.run("labour_growth")
future = runs.sel(scenario="labour_growth")
figure = future[FIGURE].sel(year=2026).to_numpy()
reached = reach.goal.held(future["labour_stock"].sel(year=YEAR).to_numpy())
signpost = pd.DataFrame({"figure": figure, "chance": reached}).sort_values("figure")
fifths = signpost.groupby(np.arange(len(signpost)) * 5 // len(signpost)).agg(
    least=("figure", "min"), most=("figure", "max"), chance=("chance", "mean")
)
fifths.round({"least": -3, "most": -3, "chance": 2})

# %%
sliding = signpost.rolling(len(signpost) // 10, center=True).mean().dropna()
low = sliding.loc[sliding["chance"] < 0.5, "figure"].max()
label = future[FIGURE].attrs["long_name"]
say(
    f"A figure for 2026 below about {round(low, -3):,.0f} ({label}) would leave the aim a chance "
    f"below one half. In today's draws that happens in {np.mean(figure < low):.0%} of the futures."
)

# %% [markdown]
# **An argument.** A published estimate of what a community carries in trade (step 2), or of how
# many workers Vietnam can send (step 5), takes the place of the judgement as one line of a
# scenario; [own scenario, own data](own_scenario_and_data.ipynb) shows how.
#
# ## 8. The recommendation
#
# The paragraph to quote is written from the numbers above. It names the policy, its aim, the chance
# in each world, what the answer rests on, what would reverse it, and what it leaves out.

# %%
chance, nothing = held.loc[chosen], held.loc["base"]
base = settings["base"]
error = base.table()["error"].max()
first = lookup.candidates[0]
through = losses[losses["driver"] == losses.iloc[0].driver]["lost"].sum()
part = "nearly all" if through > 0.9 else f"{through:.0%}"
planned = session.scenario("labour_growth").levers[MAIN].multiply
say(
    f"Of three policies, {chosen} is regretted least over {session.request.draws:,} futures in "
    f"each of {len(regret.worlds)} worlds, by the trade in goods of {YEAR}; {part} "
    f"of its advantage passes through a link whose size is {losses.iloc[0].grade}. It gives the "
    f"aim ({reach.goal.text}) a chance of {chance['base']:.0%} ({nothing['base']:.0%} with nothing "
    f"done), of {chance['weak_yen']:.0%} if the yen falls by a third ({nothing['weak_yen']:.0%}) "
    f"and of {chance['demand_shock']:.0%} if borders close for a year "
    f"({nothing['demand_shock']:.0%}). A chance of {CHANCE:.0%} takes "
    f"{base.setting_for(CHANCE):.1f} times the baseline in "
    f"'{session.model.instruments.label(MAIN)}' by 2030, in place of {planned}; {base.never:.0%} "
    "of the futures are out of reach. The choice should be looked at again when "
    f"'{first.label}' is known, above all if it is below {round(low, -3):,.0f}, and reversed if "
    f"its costs exceed those of {second} by more than USD {switch:.1f} bn a year."
)
print()
say(
    "Limits: futures of a scenario model that is calibrated on five documents, not forecasts. "
    f"Chances have an error of {100 * error:.0f} percentage point from the number of draws alone. "
    "Trade is not welfare; the costs of employers, and of the places that workers leave, are not "
    "counted. The worlds have no probabilities. Sizes that are graded 'assumed' are judgement."
)
print()
say(str(vj.cite(runs)).split(", calibration")[0] + ". The rest, with the ids: vj.cite(runs).")

# %% [markdown]
# The same questions at the command line: `vnjp_sim regret`, `reach`, `sensitivity`, `lookup` and
# `discover`. What each of them takes to be a future, a share or a condition, and what is
# approximate, stands in the documentation under *Decisions*.
