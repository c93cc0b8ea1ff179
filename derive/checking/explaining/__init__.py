"""Why an equation is wrong and what would be right: a search over repairs, each proven by the judge."""

from derive.checking.explaining.derived import Derived
from derive.checking.explaining.explanation import Explainer
from derive.checking.explaining.left_out import LeftOut

__all__ = ["Derived", "Explainer", "LeftOut"]
