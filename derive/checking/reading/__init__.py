"""Equations of a page as typed trees."""

from derive.checking.reading.equations import (
    Misread,
    Reading,
    Undecided,
    Written,
    assembled,
    letter_ends,
    read,
    read_by_units,
    written,
)

__all__ = ["Misread", "Reading", "Undecided", "Written", "assembled", "letter_ends", "read", "read_by_units", "written"]
