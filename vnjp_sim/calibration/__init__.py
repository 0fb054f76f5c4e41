"""From evidence to a bank of joint posterior draws.

:func:`calibrate` runs every group of the plan, averages the growth forms by posterior weight, and
resamples a bank of fixed size; :class:`Posterior` is what the engine and the reader get.
"""

from vnjp_sim.calibration.calibrating import calibrate, calibrate_group
from vnjp_sim.calibration.diagnostics import GroupDiagnostics, ParameterSummary
from vnjp_sim.calibration.posterior import Posterior

__all__ = ["GroupDiagnostics", "ParameterSummary", "Posterior", "calibrate", "calibrate_group"]
