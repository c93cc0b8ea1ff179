"""The named networks, shared by ``generated/``, the tests and the demo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from derive.data.table import canonical
from derive.errors import DeriveError, did_you_mean, quoted
from derive.spec import NetworkSpec, parse_network, read_own, read_penalty
from derive.spec.file import is_file, read_network_file
from derive.spec.kinks import read_kinks
from derive.spec.network import DEFAULT_OPTIMISERS
from derive.spec.own import NOTHING_OWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CODE_COST = "half-squared-error"
"""The cost that code takes where the notes leave the cost open."""
DEEP = "-".join(["1", *["1:sigmoid"] * 10])
"""A deep and narrow network."""


@dataclass(frozen=True)
class Entry:
    """A network with a name.  ``text``: its compact string, empty where nothing but the name says it.

    ``own``: formulas of one's own by name, of activations and of costs.
    """

    name: str
    text: str
    reading: str
    penalty: str | None = None
    open_cost: bool = False
    cost: str | None = None
    own: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {})

    def spec(self) -> NetworkSpec:
        """The specification; ``general`` leaves L, the widths, the activations and the cost open."""
        if not self.text:
            return NetworkSpec(self.name)
        own = read_own(*self.own)
        spec = parse_network(self.text, cost=self.cost, penalty=self.penalty, name=self.name, own=own)
        return replace(spec, cost=None) if self.open_cost else spec


GALLERY = (
    Entry("two-node", "1-1:sigmoid-1:sigmoid", "the chain of two nodes, cost left open", open_cost=True),
    Entry("general", "", "fully connected: L layers, widths n_l, a function f_l in each layer, cost left open"),
    Entry("xor", "2-3:tanh-1:sigmoid", "two inputs, three hidden units, a yes or no"),
    Entry("digits", "64-32:relu-10:softmax", "handwritten digits of 8x8 pixels"),
    Entry("mnist", "784-128:relu-64:relu-10:softmax", "handwritten digits of 28x28 pixels", penalty="l2=1e-4"),
    Entry("regression", "10-16:tanh-8:tanh-1:identity", "one number from ten"),
    Entry("robust", "6-8:tanh-1:identity", "one number from six, with a cost that bears outliers", cost="huber"),
    Entry(
        "own",
        "4-3:bent-2:identity",
        "formulas of one's own: an activation and a cost",
        cost="quartic",
        own=({"bent": "(sqrt(z^2 + 1) - 1)/2 + z"}, {"quartic": "(a - y)^4"}),
    ),
    Entry("deep", DEEP, "a chain of ten nodes, in which errors vanish", cost="half-squared-error"),
    Entry("softmax-inside", "6-8:tanh-5:softmax-3:identity", "a softmax inside the network"),
)


def names() -> tuple[str, ...]:
    """The names of the gallery, in its order."""
    return tuple(entry.name for entry in GALLERY)


def resolve(
    text: str,
    *,
    cost: str | None = None,
    penalty: object = None,
    optimisers: Iterable[str] | None = None,
    activations: Mapping[str, str] | None = None,
    costs: Mapping[str, str] | None = None,
    kinks: Mapping[str, object] | None = None,
    dropout: float | None = None,
) -> NetworkSpec:
    """The network that ``text`` names: a network file, a name of the gallery or a compact string.

    The options say what a string cannot say, or change what a name or a file says.

    Raises:
        DeriveError: it is neither.
    """
    entry = next((e for e in GALLERY if e.name == canonical(text)), None)
    wanted = tuple(optimisers) if optimisers else None
    own, chosen = read_own(activations, costs), read_kinks(kinks)
    if is_file(text):
        spec = read_network_file(text)
    elif entry is not None:
        spec = entry.spec()
    elif _looks_like_a_name(text):
        raise _unknown(text)
    else:
        wishes = wanted or DEFAULT_OPTIMISERS
        more = {"cost": cost, "penalty": penalty, "dropout": dropout, "kinks": chosen}
        return parse_network(text, optimisers=wishes, own=own, **more)  # type: ignore[arg-type]
    changes: dict[str, object] = {"own": spec.own.joined(own)} if own != NOTHING_OWN else {}
    if chosen:
        changes["kinks"] = (*(k for k in spec.kinks if k.key not in {c.key for c in chosen}), *chosen)
    if cost is not None:
        changes["cost"] = cost
    if penalty is not None:
        changes["penalty"] = read_penalty(penalty)  # type: ignore[arg-type]
    if dropout is not None:
        changes["dropout"] = dropout
    if wanted is not None:
        changes["optimisers"] = wanted
    return replace(spec, **changes) if changes else spec  # type: ignore[arg-type]


def for_code(spec: NetworkSpec) -> NetworkSpec:
    """The same network with the cost that code takes where none was said."""
    return replace(spec, cost=CODE_COST) if spec.cost is None else spec


def _looks_like_a_name(text: str) -> bool:
    return bool(text.strip()) and not any(c.isdigit() for c in text)


def _unknown(text: str) -> DeriveError:
    return DeriveError(
        f"there is no network {quoted(text)}",
        expected=f"a name ({', '.join(names())}) or widths such as 784-128:relu-10:softmax",
        remedy=did_you_mean(text, names()) or "see `derive list networks`",
    )
