"""The arrays in which a batch is computed: what is made once, and the lines that make it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from derive.codegen.training.stacked import SLOPE, Run
from derive.codegen.training.variables import variable
from derive.codegen.training.whole import COVERED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

KNOWN = ("H", "Z", "A", "M", "F", "E", "dA", "Delta")
"""Arrays that are kept from one line to another, in the order in which they are computed."""
WEIGHTS = frozenset({"V", "W", "dV", "dW"})
TALL = frozenset({"H", *COVERED.values()})
"""Arrays with a row more than a layer has units."""


@dataclass(frozen=True)
class Workspace:
    """``widths``: of the network; ``indexed``: arrays of layers are kept in lists; ``run``: the layers of stacks."""

    widths: tuple[int, ...]
    indexed: bool
    run: Run | None = None

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
            letters = sorted({variable(n).letter for n in of if variable(n).listed})
            stacks = sorted({variable(n).letter for n in of if variable(n).layer == "all"})
            lines = [f"{n}_all_T = {n}_all.transpose(0, 2, 1)" for n in stacks]
            return lines + [f"{n}_T = [None, *({n.lower()}.T for {n.lower()} in {n}[1:])]" for n in letters]
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
                    lines += self._list(own.letter, arrays[name])
                seen.add(own.letter)
            elif own.layer == "all":
                lines.append(f"{name} = {self._new(own.letter, *self._sizes(own.letter), arrays[name])}")
            elif own.letter == "row":  # its number counts the rows and is that of no layer
                lines.append(f"{name} = np.empty(N, dtype)")
            else:
                layer = int(own.layer or 0)
                n, m = str(self.widths[layer]), str(self.widths[layer - 1])
                lines.append(f"{name} = {self._new(own.letter, n, m, arrays[name])}")
        return lines

    def _list(self, letter: str, filled: str) -> list[str]:
        """A list of arrays by layer; what is read within one line only is common to layers of one width."""
        new = self._new(letter, "n", "m", filled)
        if letter in ("G", "K"):
            return [f"{letter} = [None, *({new} for m, n in pairwise(SIZES))]"]
        if letter in KNOWN:
            return [f"{letter} = [None, *({new} for n in SIZES[1:])]"]
        return [f"{letter} = {{n: {new} for n in SIZES}}", f"{letter} = [{letter}[n] for n in SIZES]"]

    def _sizes(self, letter: str) -> tuple[str, str]:
        """Of a stack: (layers and units, units of the layer before)"""
        assert self.run is not None
        count = self.run.last - self.run.low("V" if letter in ("G", "K") else letter) + 1
        return f"{count}, {self.run.width + (letter in TALL)}", str(self.run.width)

    def stacks(self, letters: Collection[str], parts: Mapping[str, str]) -> list[str]:
        """The arrays of stacks; lists have their layers as elements.  ``parts``: covered arrays, by letter."""
        if self.run is None:
            return []
        first, last = self.run.first, self.run.last
        lines: list[str] = []
        for letter in sorted({parts.get(n, n) for n in letters} - WEIGHTS - {SLOPE}):
            lines.append(f"{letter}_all = {self._new(letter, *self._sizes(letter), '')}")
            lines.append(f"{letter}[{first}:{last + 1}] = {letter}_all")
        if SLOPE in letters:
            lines.append(f"{SLOPE}_all = {self._new(SLOPE, *self._sizes(SLOPE), '')}")
            before = "None" if first == 1 else f"*[None] * {first}"
            lines.append(f"{SLOPE} = [{before}, *{SLOPE}_all]")
        return [*lines, *dict.fromkeys(line for n in sorted(WEIGHTS & set(letters)) for line in self._weights(n))]

    def _weights(self, letter: str) -> list[str]:
        """Views of theta or of the gradient."""
        assert self.run is not None
        whole, flat = ("dV", "grad") if letter.startswith("d") else ("V", "theta")
        if letter != whole:
            return [*self._weights(whole), f"{letter}_all = {whole}_all[:, :, :-1]"]
        low, n = self.run.low("V"), self.run.width
        start = sum(b * (a + 1) for a, b in pairwise(self.widths[:low]))
        count = self.run.last - low + 1
        block = f"{flat}[{start}:{start + count * n * (n + 1)}]"
        return [f"{whole}_all = {block}.reshape({count}, {n}, {n + 1})"]

    def stacked_parts(self, letters: Collection[str], parts: Mapping[str, str]) -> list[str]:
        """``A_all = H_all[:, :-1]``"""
        return [f"{own}_all = {of}_all[:, :-1]" for own, of in parts.items() if own in letters]

    def _new(self, letter: str, n: str, m: str, filled: str) -> str:
        if letter in TALL:
            made = "ones" if letter == "H" else "empty"
            return f"np.{made}(({int(n) + 1 if n.isdigit() else 'n + 1' if n == 'n' else n}, N), dtype)"
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
    place = KNOWN.index(own.letter) if own.letter in KNOWN else len(KNOWN)
    return place, own.letter, int(own.layer) if own.layer.isdigit() else 0, name
