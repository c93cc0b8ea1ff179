"""From a setting to a model and a symbol table."""

from derive.checking.understanding.inferring import understand
from derive.checking.understanding.paths import parts, vacuous
from derive.checking.understanding.understood import Assumption, Understood

__all__ = ["Assumption", "Understood", "parts", "understand", "vacuous"]
