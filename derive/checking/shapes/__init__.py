"""The shape of every quantity, found from how the lines of a setting use it."""

from derive.checking.shapes.finding import Figures, Raw, find_shapes

__all__ = ["Figures", "Raw", "find_shapes"]
