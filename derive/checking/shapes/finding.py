"""The shape of every quantity of a setting: declared ones, those of entries, and what the statements tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.algebra.layers import shift, split
from derive.algebra.tree import ONE, Expr, Fn, Ref, Sym
from derive.checking.shapes.products import Ambiguous, is_small
from derive.checking.shapes.shaper import Shaper
from derive.checking.shapes.sizes import Disagreement, is_open
from derive.errors import DeriveError
from derive.notation.raw import bare
from derive.notation.shapes import NUMBER, Shape
from derive.notation.symbols import Symbol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from derive.checking.naming.declared import Declared
    from derive.checking.naming.named import Named
    from derive.checking.naming.sentences import Sentence
    from derive.checking.setting import Setting

Raw = tuple["Sentence", Expr, Expr]
ROUNDS = 60


@dataclass(frozen=True)
class Figures:
    """What was found: shapes by family (in the layer letter), rows of size names, the size that counts examples."""

    shapes: Mapping[str, Shape]
    size_rows: tuple[Symbol, ...]
    size_letters: frozenset[str]
    size_families: tuple[str, ...]
    samples: Expr | None
    single: tuple[tuple[str, Expr], ...] = ()


def find_shapes(named: Named, setting: Setting, declared: Declared, raws: Sequence[Raw]) -> Figures:
    """Unify until nothing more is learnt; then take what the conventions say.

    Raises:
        DeriveError: shapes that do not agree, or a product that could be of any kind.
    """
    letter = named.layers.letter if named.layers is not None else None
    vectors = str(setting.conventions.get("vectors", ""))
    kinds = {f.family.name: f.says for f in named.functions}
    elementwise = _signs(setting)
    shaper = Shaper(letter, vectors, elementwise, kinds)
    if setting.conventions.get("examples", "one") != "one":
        shaper.samples = shaper.sizes.samples = _samples(named, setting, declared)
    shaper.transposed = setting.conventions.get("gradient") == "transposed"
    shaper.single = frozenset(declared.single)
    shaper.bold = _bold(named)
    _start(shaper, named, declared.shapes, vectors == "rows")
    _unify_all(shaper, raws)
    _arguments_of_costs(shaper, raws)
    return _finished(shaper, named, declared, setting)


def _signs(setting: Setting) -> frozenset[str]:
    from derive.notation.commands import ELEMENTWISE, SAME

    signs = setting.conventions.get("elementwise")
    return frozenset(SAME.get(str(s), str(s)) for s in signs) if isinstance(signs, list) else ELEMENTWISE


def _bold(named: Named) -> frozenset[str]:
    """Quantities of no layer whose small letter is bold, or has an arrow, wherever it stands."""
    sides = [side for s in named.sentences for side in (s.statement.left, s.statement.right)]
    fonts: dict[str, set[str]] = {}
    for t in (t for side in sides for t in side):
        fonts.setdefault(t.word, set()).add("bf" if t.word.startswith(r"\vec") else t.font)
    single = [f for f in named.targets if not named.layered(f) and is_small(f.name)]
    return frozenset(f.name for f in single if fonts.get(f.words[-1]) == {"bf"})


# ------------------------------------------------------------ what is learnt


def _start(shaper: Shaper, named: Named, declared: Mapping[str, Shape], rows: bool) -> None:
    """The declared shapes, and a size for each axis of a family that is given by entries."""
    entries = {f.name: f.entries for f in named.targets}
    for a in named.aliases:
        entries[a.target.name] = max(entries[a.target.name], a.family.entries)
    for family in named.targets:
        count = entries[family.name]
        at = shaper.letter if named.layered(family) else None
        if family.name in declared:
            shape = declared[family.name]
        elif count == 0:
            continue
        elif count > 2:
            raise DeriveError(f"{family.name} has {count} indices: more than two cannot be read yet")
        else:
            own = [shaper.sizes.fresh(at) for _ in range(count)]
            lying = rows and not family.must
            shape = (own[0], own[1]) if count == 2 else (ONE, own[0]) if lying else (own[0], ONE)
        shaper.shapes[family.name] = shape
        axes = tuple(s for s in shape if s != ONE)
        if count and count != len(axes):
            raise DeriveError(f"{family.name} has {count} indices, but its declared shape has {len(axes)}")
        shaper.axes[family.name] = axes


def _unify_all(shaper: Shaper, raws: Sequence[Raw]) -> None:
    raws = sorted(raws, key=lambda raw: _at_a_point(raw, shaper.letter))
    for _ in range(ROUNDS):
        shaper.changed = False
        for raw in raws:
            _learn(shaper, raw, guess=False)
        if shaper.changed:
            continue
        for raw in raws:
            _learn(shaper, raw, guess=True)
            if shaper.changed:
                break
        else:
            return


def _at_a_point(raw: Raw, letter: Sym | None) -> bool:
    """Whether a line speaks of one layer by its number: it tells nothing of the others."""
    head = bare(raw[1])
    return isinstance(head, Ref) and bool(head.slots) and letter not in head.slots[0].symbols


def _learn(shaper: Shaper, raw: Raw, *, guess: bool) -> None:
    sentence, left, right = raw
    try:
        shaper.statement((left, right), guess=guess)
    except Disagreement as clash:
        raise sentence.statement.error(
            f"the shapes of this line do not agree: {clash}", "sizes that go together", "state shapes in [shapes]"
        ) from None
    except Ambiguous:
        raise sentence.statement.error(
            "a product whose factors have unknown shapes",
            remedy="add vectors = 'columns' (rows, scalars) to [conventions]",
        ) from None


def _arguments_of_costs(shaper: Shaper, raws: Sequence[Raw]) -> None:
    """What occurs as an argument of an unknown cost alone has the shape of the first argument."""
    for _, _, right in raws:
        for node in right.walk():
            if isinstance(node, Fn) and shaper.kinds.get(node.name) == "any cost":
                known = [s for a in node.args if (s := shaper.infer(a)) is not None]
                for a in node.args:
                    e = bare(a)
                    if known and isinstance(e, Ref) and not e.entries and shaper.of(e) is None:
                        shaper.set(e, known[0])


# ------------------------------------------------------------ the result


def _finished(shaper: Shaper, named: Named, declared: Declared, setting: Setting) -> Figures:
    """Sizes without a name get one; a family of which nothing is known is a number."""
    shapes = {f.name: shaper.known(shaper.shapes.get(f.name, NUMBER)) for f in named.targets}
    opened = shaper.sizes.names(s for shape in shapes.values() for s in shape)
    taken = {r.name for r in declared.rows.values()}
    new: dict[str, str] = {}
    for name in opened:
        new[name] = next(n for n in ("width", *(f"width{i}" for i in range(2, 99))) if n not in taken)
        taken.add(new[name])
    back = _offsets(named, shapes, opened)
    final = {name: tuple(_renamed(s, new, back) for s in shape) for name, shape in shapes.items()}
    for name, shape in final.items():
        if shape and all(s == ONE for s in shape):
            final[name] = NUMBER
    layered = dict.fromkeys(s.name for shape in final.values() for s in shape if isinstance(s, Ref))
    letters = frozenset(declared.letters)
    samples = _samples(named, setting, declared)
    rows = tuple(declared.rows.values())
    families = tuple(dict.fromkeys([*layered, *(r.name for r in rows if r.slots)]))
    counted = letters | ({samples.name} if samples else set())
    return Figures(final, rows, counted, families, samples, tuple(declared.single))


def _offsets(named: Named, shapes: Mapping[str, Shape], opened: Sequence[str]) -> dict[str, int]:
    """How far each family of sizes is off: the first defined column of a layer has the size of that layer.

    Where two columns of a layer differ (``h_k = a[f_{k-1}]``) it is the one with the later size: sizes may begin before
    the first layer, but none lies behind the last.
    """
    forward = {s.head.words for s in named.of_kind("definition") if s.head is not None and not _is_derivative(s)}
    defined = {s.head.words for s in named.of_kind("definition") if s.head is not None}
    columns = [f for f in named.targets if named.layered(f) and f.words in defined] + named.targets
    out: dict[str, int] = {}
    for family in columns:
        sizes = [s for s in shapes[family.name] if isinstance(s, Ref) and s.slots]
        if len(sizes) == 1 and sizes[0].name in opened:
            offset = split(sizes[0].slots[0])[1]
            first = out.setdefault(sizes[0].name, offset)
            out[sizes[0].name] = max(first, offset) if family.words in forward else first
    return out


def _is_derivative(s: Sentence) -> bool:
    return any(t.text in (r"\partial", r"\nabla") for t in s.statement.right)


def _renamed(size: Expr, new: Mapping[str, str], back: Mapping[str, int]) -> Expr:
    if not is_open(size):
        return size
    assert isinstance(size, Ref)
    if not size.slots:
        return Sym(new[size.name])
    return Ref(new[size.name], (shift(size.slots[0], -back.get(size.name, 0)),))


def _samples(named: Named, setting: Setting, declared: Declared) -> Sym | None:
    """The letter that counts examples: of ``example 1..m``, or in the place that ``examples`` names."""
    if named.examples.count:
        return Sym(named.examples.count)
    examples = setting.conventions.get("examples", "one")
    if examples == "one":
        return Sym("N") if declared.per_example else None
    place = 1 if examples == "columns" else 0
    found = [s[place] for s in declared.shapes.values() if len(s) == 2 and isinstance(s[place], Sym)]
    texts = [t for _, t in named.shapes]
    for text in texts if not found else ():
        parts = text.split(" x ")
        if len(parts) == 2 and parts[place].strip().isalpha():
            return Sym(parts[place].strip())
    return found[0] if found and isinstance(found[0], Sym) else None
