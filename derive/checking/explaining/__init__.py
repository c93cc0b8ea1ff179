"""Why an equation is wrong and what would be right: a search over repairs, each proven by the judge."""

from derive.checking.explaining.derived import Derived
from derive.checking.explaining.explanation import Explainer

__all__ = ["Derived", "Explainer"]
