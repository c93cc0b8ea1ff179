"""One numeric meaning for every expression about a model; derivatives by definition on the forward pass."""

from derive.meaning.agree import Agreement, Failure, agree
from derive.meaning.complex_step import ComplexStep
from derive.meaning.conditions import made_positive, satisfying
from derive.meaning.errors import (
    EmptyCheck,
    MeaningError,
    NoDraw,
    RangeError,
    ShapeError,
    UnknownName,
    Unsupported,
)
from derive.meaning.fields import Field, field_for
from derive.meaning.networks import standard_worlds, world
from derive.meaning.prime import PrimeField
from derive.meaning.world import World

__all__ = [
    "Agreement",
    "ComplexStep",
    "EmptyCheck",
    "Failure",
    "Field",
    "MeaningError",
    "NoDraw",
    "PrimeField",
    "RangeError",
    "ShapeError",
    "UnknownName",
    "Unsupported",
    "World",
    "agree",
    "field_for",
    "made_positive",
    "satisfying",
    "standard_worlds",
    "world",
]
