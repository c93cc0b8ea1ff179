"""Which names a formula of one's own may have: what it would collide with in code, in mathematics and in the tables."""

from __future__ import annotations

import builtins
import keyword
import re

from derive.algebra.formula import FUNCTIONS
from derive.data.activations import ACTIVATIONS
from derive.data.costs import COSTS
from derive.data.optimisers import OPTIMISERS
from derive.data.penalties import PENALTIES
from derive.data.table import canonical
from derive.errors import DeriveError, Place, quoted

LEAST, MOST = 2, 20
"""Letters of a name."""
_PLAIN = re.compile("[a-z]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CODE = _words(
    """
    np numpy pairwise theta weights forward cost gradient train batch rows network sizes start views block
    variances variance rng seed dtype values samples order scale step slope size log itertools lines rate learning
    momentum state at db derived epoch epochs first
    fitting flat found function given grad here message moved name net optimiser pairs remedy self shift shuffle slopes
    verbose wanted eps logaddexp erfc square points integral pole upper total near beyond
    largest shape worst error errors
    layer layers parameters args kwargs command
    dropout masks drawn least holds expected warn before value
    """
)
"""Names that emitted code uses itself."""
MATHEMATICS = _words(
    """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi
    omega hat bar tilde sum prod frac ln log diag tr trace vec sqrt text mathrm partial jhat
    """
)
"""Names that mean something in the mathematics of the notes."""
LABELS = _words(
    """
    index batch columns chain penalty product output hidden input activation activations any
    """
)
"""Parts of the labels of equations."""


def own_name(kind: str, name: str, place: Place | None = None) -> str:
    """The name as it is kept, in small letters.

    Raises:
        DeriveError: it has other signs than letters, is too short or long, or is taken.
    """
    kept = canonical(name)
    if not _PLAIN.fullmatch(kept) or not LEAST <= len(kept) <= MOST:
        raise DeriveError(
            f"{quoted(name)} cannot be the name of {'an' if kind[0] in 'aeiou' else 'a'} {kind}",
            expected=f"{LEAST} to {MOST} letters from a to z",
            remedy="choose a name such as bent",
            place=place,
        )
    if (taken := _taken(kept)) is not None:
        raise DeriveError(
            f"the name {kept!r} is taken: it is {taken}",
            expected="a name that means nothing else",
            remedy=f"call it my{kept}"[:60],
            place=place,
        )
    return kept


def _taken(name: str) -> str | None:
    """What has this name already."""
    for table in (ACTIVATIONS, COSTS, PENALTIES, OPTIMISERS):
        if name in table:
            return f"in the table of {table.plural}"
    if name in FUNCTIONS:
        return "a function of the grammar"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name):
        return "a word of Python"
    if name in CODE:
        return "a name in emitted code"
    return "a name in the notes" if name in MATHEMATICS | LABELS else None
