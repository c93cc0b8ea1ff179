"""The arrays in which a batch is computed: what is made once, and the lines that make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.codegen.training.variables import variable
from derive.codegen.training.whole import COVERED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

TALL = frozenset({"H", *COVERED.values()})
"""Arrays with a row more than a layer has units."""


@dataclass(frozen=True)
class Workspace:
    """``widths``: of the network; ``indexed``: arrays of layers are kept in lists."""

    widths: tuple[int, ...]
    indexed: bool

    @property
    def depth(self) -> int:
        return len(self.widths) - 1

    # ------------------------------------------------------------ views of theta and of the gradient

    def views(self, read: Iterable[str]) -> list[str]:
        """``W_2 = V_2[:, :-1]`` for what is read."""
        if self.indexed:
            used = {variable(n).letter for n in read}
            pairs = [(own, whole) for own, whole in (("W", "V"), ("dW", "dV")) if own in used]
            return [f"{own} = [None, *(v[:, :-1] for v in {whole}[1:])]" for own, whole in pairs]
        own = sorted(n for n in read if variable(n).letter in ("W", "dW"))
        return [f"{n} = {variable(n).called(variable(n).letter.replace('W', 'V'))}[:, :-1]" for n in own]

    def transposes(self, of: Collection[str]) -> list[str]:
        """``V_2_T = V_2.T`` for what products read; that of the inputs is given."""
        if self.indexed:
            letters = sorted({variable(n).letter for n in of})
            return [f"{n}_T = [None, *({n.lower()}.T for {n.lower()} in {n}[1:])]" for n in letters]
        return [f"{n}_T = {n}.T" for n in sorted(of) if n != "H_0"]

    # ------------------------------------------------------------ arrays

    def made(self, arrays: Mapping[str, str]) -> list[str]:
        """The lines that make the arrays; the value is what fills an array, empty where it need not be filled."""
        lines: list[str] = []
        seen: set[str] = set()
        for name in sorted(arrays, key=_order):
            own = variable(name)
            if own.listed:
                if own.letter not in seen:
                    new, m_n = self._new(own.letter, "n", "m", arrays[name]), "m, n in pairwise(SIZES)"
                    over = m_n if own.letter in ("G", "K") else "n in SIZES[1:]"
                    lines.append(f"{own.letter} = [None, *({new} for {over})]")
                seen.add(own.letter)
            elif own.letter == "row":  # its number counts the rows and is that of no layer
                lines.append(f"{name} = np.empty(N, dtype)")
            else:
                layer = int(own.layer or 0)
                n, m = str(self.widths[layer]), str(self.widths[layer - 1])
                lines.append(f"{name} = {self._new(own.letter, n, m, arrays[name])}")
        return lines

    def _new(self, letter: str, n: str, m: str, filled: str) -> str:
        if letter in TALL:
            made = "ones" if letter == "H" else "empty"
            return f"np.{made}(({int(n) + 1 if n.isdigit() else 'n + 1'}, N), dtype)"
        if letter == "ones":
            return f"np.ones({n}, dtype)"
        shape = f"({n}, {m})" if letter in ("G", "K") else f"({n}, N)"
        if not filled:
            return f"np.empty({shape}, dtype)"
        if filled == "1":
            return f"np.ones({shape}, dtype)"
        return f"np.zeros({shape}, dtype)" if filled == "0" else f"np.full({shape}, {filled}, dtype)"

    def covered(self, parts: Mapping[str, str]) -> list[str]:
        """``A_1 = H_1[:-1]``, ``Delta_1 = E_1[:-1]``: arrays that are all rows of another but the last."""
        if self.indexed:
            letters = {variable(own).letter: variable(of).letter for own, of in parts.items()}
            return [f"{own} = [None, *({of.lower()}[:-1] for {of.lower()} in {of}[1:])]" for own, of in letters.items()]
        return [f"{own} = {of}[:-1]" for own, of in parts.items()]


def _order(name: str) -> tuple[int, str, int, str]:
    """By letter in the order in which they are computed, then by layer."""
    own = variable(name)
    known = ["H", "Z", "A", "M", "F", "E", "dA", "Delta"]
    place = known.index(own.letter) if own.letter in known else len(known)
    return place, own.letter, int(own.layer) if own.layer.isdigit() else 0, name
