"""`targeted doctor`: what of an installation is unsafe or missing, before a night or a person finds out."""

from include.upkeep.doctor.examine import examine
from include.upkeep.doctor.finding import Finding

__all__ = ["Finding", "examine"]
