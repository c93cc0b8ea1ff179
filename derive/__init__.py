"""Write down a network's forward equations; get its backpropagation derived, explained, typeset, coded and checked.

>>> import derive
>>> net = derive.network("2-3:tanh-1:sigmoid")
>>> net.spec.widths
(2, 3, 1)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from derive.pipeline import Network, check, network

__all__ = ["Network", "check", "network"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """The public names are fetched on first use, so that ``import derive`` costs nothing."""
    if name in __all__:
        from derive import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module 'derive' has no attribute {name!r}")
