"""What can be wrong with an expression once numbers are put in."""

from __future__ import annotations


class MeaningError(Exception):
    """The expression has no value about this model.  A checker makes it a verdict; in a derivation it is our fault."""


class ShapeError(MeaningError):
    """Arrays that do not conform, a number where an array must stand, or the wrong number of indices."""


class RangeError(MeaningError):
    """A member that does not exist (``w^{L+1}``) or an index beyond its range."""


class UnknownName(MeaningError):
    """A name that the model does not have, or a letter that nothing binds."""


class Unsupported(MeaningError):
    """A value that this field or this order of derivative cannot give."""


class NoDraw(MeaningError):
    """No random network was found on which every definition has a finite value away from kinks."""


class EmptyCheck(MeaningError):
    """A check that would compare nothing at all."""
