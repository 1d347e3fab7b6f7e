"""Fits the time model to a machine's own layer and job times, and writes them as a machine profile."""

from amprep.calibration.calibrating import Calibration, Outlier, calibrate
from amprep.calibration.writing import calibrated_id, profile_text, write_profile

__all__ = ["Calibration", "Outlier", "calibrate", "calibrated_id", "profile_text", "write_profile"]
