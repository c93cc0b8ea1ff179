"""Training code from a chapter: NumPy modules in which every line is an equation that was derived and checked."""

from derive.codegen.code import code
from derive.codegen.gradcheck import GradientCheck, Row, gradcheck

__all__ = ["GradientCheck", "Row", "code", "gradcheck"]
