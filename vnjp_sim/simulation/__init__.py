"""From a model, its calibration and scenarios to projected indicators."""
