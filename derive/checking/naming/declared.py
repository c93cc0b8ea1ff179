"""The table ``[shapes]`` of a setting: shapes by family, and the names of sizes that may be used as numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derive.algebra.layers import join, split
from derive.algebra.tree import ONE, Expr, Num, Ref, Sym, num
from derive.checking.naming.names import joined, of_key
from derive.checking.naming.statements import read_head
from derive.errors import DeriveError, quoted
from derive.notation.lexing import Source
from derive.notation.shapes import NUMBER, Shape, put_layer
from derive.notation.symbols import SlotPattern, Symbol
from derive.notation.tokens import tokens

if TYPE_CHECKING:
    from derive.checking.naming.named import Named
    from derive.checking.naming.sentences import Sentence

MOST_DIGITS = 9


class Declared:
    """The table ``[shapes]``."""

    def __init__(self, named: Named) -> None:
        self.named = named
        self.shapes: dict[str, Shape] = {}
        self.per_example: set[str] = set()
        self.single: list[tuple[str, Expr]] = []
        self.rows: dict[tuple[str, ...], Symbol] = {}
        self.letters: set[str] = set()
        self._read()

    def _read(self) -> None:
        members: list[tuple[str, Expr, Shape]] = []
        for head, text in self.named.shapes:
            family = of_key(self.named.naming, head)
            assert family is not None
            alias = next((a for a in self.named.aliases if a.family.name == family.name), None)
            if "per example" in text:
                self.per_example.add(family.name if alias is None else alias.target.name)
            shape = self._shape(text.replace("per example", ""))
            if shape == NUMBER and self.named.naming.pieces(head, family.slot):
                continue  # t_k = 'scalar': each entry is a number, as entries are
            slot = self.named.naming.slot(head)
            layers = self.named.layers
            if shape == NUMBER and slot is not None and layers is not None and slot[2] != layers.letter:
                self.single.append((family.name if alias is None else alias.target.name, slot[2]))
                continue  # z^L = 'scalar': one unit in that layer
            name = family.name if alias is None else alias.target.name
            if alias is not None and alias.fixed is not None:
                members.append((name, alias.fixed, shape))
                continue
            if slot is not None and self.named.layers is not None:
                letter, offset = split(slot[2])
                back = join(letter, -offset - (alias.shift if alias else 0)) if letter else slot[2]
                shape = tuple(put_layer(s, self.named.layers.letter, back) for s in shape)
            self.shapes[name] = shape
        for sentence in self.named.of_kind("size"):
            self._second_name(sentence)
        for name, at, shape in members:
            general = tuple(self._of_family(size, at) for size in shape)
            if name not in self.shapes and None not in general:
                self.shapes[name] = tuple(size for size in general if size is not None)

    def _second_name(self, sentence: Sentence) -> None:
        """``S_l = s_l``: two names of one size."""
        other = read_head(sentence.statement.right)
        assert sentence.head is not None
        assert other is not None
        one, two = (self.rows.get(h.words) for h in (sentence.head, other))
        known, words = (one, other.words) if one is not None else (two, sentence.head.words)
        if known is None:
            raise sentence.statement.error("neither name of this line is a size with a layer")
        self.rows[words] = replace(known, words=words)

    def _of_family(self, size: Expr, at: Expr) -> Expr | None:
        """The size in any layer from that of the member at one: ``n_0`` of ``x = a^0`` tells ``n_l`` of ``a^l``."""
        if not isinstance(size, Ref):
            return None if isinstance(size, Num) and size != ONE else size
        letter = self.named.layers.letter if self.named.layers is not None else None
        return Ref(size.name, (letter,)) if size.slots == (at,) and letter is not None else None

    def _shape(self, text: str) -> Shape:
        if text.strip() in ("scalar", "number", "1", "1 x 1"):
            return NUMBER
        sizes = [self._size(part.strip(), text) for part in text.replace("×", " x ").split(" x ")]
        if len(sizes) not in (1, 2):
            raise DeriveError(
                f"the shape {text!r} has {len(sizes)} sizes", expected="such as 'n_l x n_{l-1}' or 'scalar'"
            )
        return (sizes[0], ONE) if len(sizes) == 1 else tuple(sizes)

    def _size(self, part: str, text: str) -> Expr:
        if part.isdigit() and len(part) > MOST_DIGITS:
            raise DeriveError(f"the size {quoted(part, 20)} is too large", expected=f"at most {MOST_DIGITS} digits")
        if part.isdigit() and int(part) > 0:
            return num(int(part))
        head = read_head(tokens(Source(part, "setting")))
        if head is None or head.arguments is not None:
            raise DeriveError(f"the shape {text!r} cannot be read", expected="such as 'n_l x n_{l-1}' or 'scalar'")
        slot = self.named.naming.slot(head)
        word = "".join(w.removeprefix("\\") for w in head.words)
        if slot is not None:
            pattern = SlotPattern(slot[0])
            self.rows.setdefault(head.words, Symbol(head.words, word, slots=(pattern,)))
            return Ref(word, (slot[2],))
        scripts = "".join(f"_{joined(p.tokens)}" for p in head.below)
        if scripts:
            words = (*head.words, scripts)
            self.rows.setdefault(words, Symbol(words, word + scripts, "letter"))
        self.letters.add(word + scripts)
        return Sym(word + scripts)
