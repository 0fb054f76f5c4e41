"""The findings of the documentation: a sentence and a picture of each policy, from real runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from page_text import write_page

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.effect_words import finding
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.marks import PRIOR_DRIVEN, SIGNS


@dataclass(frozen=True)
class Policy:
    """A policy of the front page, who does it in words, and the indicator that tells most."""

    scenario: str
    subject: str
    indicator: str

    def told(self, comparison: Comparison) -> str:
        """Return what it does, as a title."""
        return finding(effect_of(comparison, self), comparison.registry, self.subject)


POLICIES = (
    Policy("oda_expansion", "Doubling Japan's new aid", "oda_disbursements"),
    Policy("labour_growth", "Opening Japan's labour market further", "labour_remittances"),
    Policy(
        "osa_framework",
        "A programme of Official Security Assistance (OSA)",
        "security_equipment",
    ),
)
YEAR = 2040


def write_findings(folder: Path, comparison: Comparison) -> list[Path]:
    """Write the findings of the front page and the sentence of the tutorial."""
    return [
        write_page(folder / "findings.md", findings(comparison)),
        write_page(folder / "sentence.md", sentence(comparison)),
    ]


def findings(comparison: Comparison) -> Iterator[str]:
    """Yield a figure a policy, whose caption begins with the finding."""
    yield "::::{container} findings"
    for policy in POLICIES:
        effect = effect_of(comparison, policy)
        told = policy.told(comparison)
        sign = (
            f" {SIGNS[effect.mark]} *{effect.mark.capitalize()}.*" if effect.mark in SIGNS else ""
        )
        yield from (
            f":::{{figure}} pictures/front_{policy.scenario}.svg",
            ":alt: The effect year by year, with bands that hold half and 90 % of the draws.",
            "",
            f"**{told}.**{sign} [What `{policy.scenario}` assumes](#page-scenarios)",
            ":::",
        )
    yield "::::"


def effect_of(comparison: Comparison, policy: Policy) -> Effect:
    """Return the effect of a policy on its indicator in the last year."""
    effects = comparison.summaries([policy.indicator], [YEAR])
    return next(effect for effect in effects if effect.scenario == policy.scenario)


def sentence(comparison: Comparison) -> Sequence[str]:
    """Return the sentence that the tutorial ends with."""
    first = POLICIES[0]
    effect = effect_of(comparison, first)
    told = first.told(comparison)
    marked = f"; this {effect.mark}" if effect.mark == PRIOR_DRIVEN else ""
    return [f"> {told}{marked} (vnjp_sim {version('vnjp-sim')}, the run cited above)."]
