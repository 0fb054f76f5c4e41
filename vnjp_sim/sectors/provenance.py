"""How each indicator is projected, in words: its law, the priors behind it, the links that act."""

from __future__ import annotations

from vnjp_sim.inputs.links import Links
from vnjp_sim.inputs.number_text import minus
from vnjp_sim.inputs.parameters import Parameter, Parameters, SharesLaw
from vnjp_sim.sectors.index import QUANTITIES

_SPLIT = ("trade_turnover", "trade_balance_ratio")
_RESIDENTS = ("labour_trainees", "labour_skilled", "labour_engineers")
_EXITS = ("labour_exit_trainees", "labour_exit_skilled", "labour_exit_engineers")
_FLOWS = (*_EXITS, "labour_conversion", "labour_conversion_later", "labour_engineers_abroad")
_COHORTS = (
    "oda_commitments",
    "oda_loan_share",
    "oda_disbursement_lag",
    "oda_disbursement_shape",
    "oda_delay_factor",
    "oda_cancelled_share",
)
_MACRO = ("macro_vn_growth_mean", "macro_vn_growth_shock")
_PRICES = ("macro_vn_dollar_prices_mean", "macro_vn_dollar_prices_shock")
PROJECTED_BY: dict[str, tuple[tuple[str, ...], str]] = {
    "trade_exports": (_SPLIT, "T e^r / (1 + e^r) of turnover T and log ratio r"),
    "trade_imports": (_SPLIT, "turnover less exports"),
    "trade_balance": (_SPLIT, "exports less imports"),
    "trade_cover_ratio": (_SPLIT, "exports over imports"),
    "trade_turnover_gdp": (("trade_turnover", *_MACRO, *_PRICES), "turnover over output"),
    "investment_stock": (("investment_flow",), "the last stock plus the flows since"),
    "investment_projects": (("investment_projects_new",), "the last count plus the new ones since"),
    "investment_capital_per_project": (
        ("investment_flow", "investment_projects_new"),
        "stock over projects",
    ),
    "oda_loans": (("oda_commitments", "oda_loan_share"), "a constant share of commitments"),
    "oda_cumulative_loans": (
        ("oda_commitments", "oda_loan_share", "macro_jpy_per_usd"),
        "the last sum plus the loans since, in dollars of each year",
    ),
    "oda_disbursements": (_COHORTS, "each year's loans paid out along their lag, and grants"),
    "oda_disbursements_usd": ((*_COHORTS, "macro_jpy_per_usd"), "disbursements at the year's rate"),
    "oda_undisbursed": (_COHORTS, "loans of all cohorts not yet paid out"),
    "oda_infrastructure": (
        (*_COHORTS, "oda_depreciation", "oda_past_rate", "macro_jpy_per_usd"),
        "disbursed loans in dollars less depreciation",
    ),
    "labour_stock": (_RESIDENTS, "the sum of workers by status"),
    "labour_intake": (
        (*_RESIDENTS, *_FLOWS, "labour_counted_share"),
        "entries from abroad that the course of the stocks takes, as far as they are counted",
    ),
    "labour_entries": ((*_RESIDENTS, *_FLOWS), "entries that the course of the stocks takes"),
    "labour_conversions": (
        (*_RESIDENTS, "labour_conversion", "labour_conversion_later"),
        "the part of new skilled workers who were trainees",
    ),
    "labour_returns": ((*_RESIDENTS, *_EXITS), "workers who leave at the exit rates"),
    "labour_remittances": (
        (*_RESIDENTS, "labour_remittance", "macro_jpy_per_usd"),
        "a yen amount a worker, in dollars of the year",
    ),
    "people_network": (
        (*_RESIDENTS, "people_students", "people_others"),
        "residents less half of the trainees",
    ),
    "diplomacy_agreements": ((), "agreements that a scenario brings into force"),
    "security_osa_grants": (
        (
            "security_osa_hazard",
            "security_osa_chance",
            "security_osa_size",
            "security_osa_size_spread",
            "security_osa_ceiling",
        ),
        "a scenario input: wait for a first grant, chance and size of later ones, a ceiling",
    ),
    "people_residents": (
        (*_RESIDENTS, "people_students", "people_others"),
        "the sum of workers, students and others",
    ),
    "people_others": (("people_others",), "its law; the figures of residents less the other parts"),
    "diplomacy_visits": (
        ("diplomacy_visits_to_vietnam", "diplomacy_visits_to_japan"),
        "the sum of both directions",
    ),
    "diplomacy_tier": ((), "the last upgrade stays"),
    "security_vessels": (
        (
            "security_vessel_delay",
            "security_vessel_lead",
            "security_vessel_build",
            "security_vessel_life",
            "security_new_vessel_life",
        ),
        "vessels received, those on order after their delay, orders as yards allow, less retired",
    ),
    "energy_projects_started": (
        ("energy_projects", "energy_start_hazard"),
        "each listed project starts after a wait of its own",
    ),
    "energy_projects_completed": (
        ("energy_projects", "energy_start_hazard", "energy_building_time"),
        "each started project is completed after its building time",
    ),
    "energy_investment": (
        ("energy_start_hazard", "energy_list_value", "energy_building_time"),
        "the worth of the projects, spent evenly while they are built",
    ),
    "energy_japanese_finance": (
        ("energy_start_hazard", "energy_list_value", "energy_japanese_share"),
        "the part of the spending that comes from Japan",
    ),
    "macro_vn_gdp": (_MACRO, "grows by a mean of the draw and a shock of the year"),
    "macro_jp_gdp": (
        ("macro_jp_growth_mean", "macro_jp_growth_shock"),
        "grows by a mean of the draw and a shock of the year",
    ),
    "macro_vn_growth": (_MACRO, "a mean of the draw and a shock of the year"),
    "macro_vn_gdp_per_capita": (
        (*_MACRO, *_PRICES, "macro_vn_population_growth"),
        "output in dollars over a population that grows steadily",
    ),
    "labour_foreign_share": (
        (*_RESIDENTS, "labour_others_growth_mean", "labour_others_growth_shock"),
        "workers over workers and those of other countries, from the documented share",
    ),
    "macro_vn_gdp_usd": ((*_MACRO, *_PRICES), "the documented level, real growth, dollar prices"),
    "index_partnership": (("index_weight_spread",), "the mean of sector indices, weights drawn"),
    **{
        name: ((), f"the five-year mean of {x} on a log scale")
        for name, (x, _) in QUANTITIES.items()
    },
}
"""How indicators without a law of their own are projected: the laws and priors behind them."""


def law_lines(name: str, parameters: Parameters, links: Links, reason: str = "") -> list[str]:
    """Return how an indicator is projected, the priors behind it, and the links that act on it.

    `reason` is why it is not projected, if it is not.
    """
    if reason:
        return [f"Not projected: {reason}"]
    laws, told = PROJECTED_BY.get(name, ((name,), ""))
    for law_name, law in parameters.laws.items():
        if isinstance(law, SharesLaw) and name in (*law.groups, law.rest):
            laws, told = (law_name,), f"a share of {law.whole}"
    lines = [f"Projected: {told}."] if told else []
    for behind in laws:
        lines += _prior_lines(behind, parameters)
    for link_name, link in sorted(links.links.items()):
        if link.response == name:
            lines.append(
                f"Link {link_name}: {link.driver}, {link.form}, {link.lag.text}, "
                f"{minus(link.prior.text)}, {link.grade}"
            )
    return lines or ["Not projected: documented only."]


def _prior_lines(name: str, parameters: Parameters) -> list[str]:
    if name in parameters.single:
        return [f"  {name}: {_prior_text(parameters.single[name])}"]
    law = parameters.laws.get(name)
    if law is None:
        return []
    source = f"models/parameters/{parameters.sector_of[name]}.yml"
    parts = [(part, getattr(law, part)) for part in type(law).model_fields]
    return [f"{name}: a law of the kind '{law.law}' ({source})"] + [
        f"  {part}: {_prior_text(value)}" for part, value in parts if isinstance(value, Parameter)
    ]


def _prior_text(parameter: Parameter) -> str:
    reference = " ".join(parameter.reference.split())
    prior = minus(parameter.prior.text)
    return f"{prior} {parameter.unit} — {parameter.grade}: {reference}"
