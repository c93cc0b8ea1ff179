"""Layer sets against plain sets of numbers for every number of layers from the least on; nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.algebra.layers import LayerSet, Order, Range, Undecidable, join, layers, shift, split, text
from derive.algebra.tree import ONE, Add, Div, Expr, Mul, Sym, num

L, l = Sym("L"), Sym("l")
MOST = 14
"""Ends lie within 4 of 0 and of L, and the least L is at most 4: beyond this nothing new happens."""


def ends() -> st.SearchStrategy[Expr]:
    """``c`` or ``L + c``."""
    return st.builds(join, st.sampled_from([None, L]), st.integers(-4, 4))


def value(position: Expr, last: int) -> int:
    letter, offset = split(position)
    return offset + (last if letter is not None else 0)


def depths(least: int) -> range:
    return range(least, MOST)


@st.composite
def sets(draw: st.DrawFn, least: int) -> LayerSet:
    """Disjoint rising ranges for every number of layers; each may be empty for some."""
    ranges: list[Range] = []
    both = (least, MOST)  # what is linear in L holds between where it holds at both ends
    for low, high in draw(st.lists(st.tuples(ends(), ends()), max_size=3)):
        before = ranges[-1] if ranges else None
        far = before is None or all(value(low, n) > value(before.high, n) for n in both)
        if far and all(value(high, n) >= value(low, n) - 1 for n in both):
            ranges.append(Range(low, high))
    return LayerSet(tuple(ranges))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[int, LayerSet, LayerSet]:
    least = draw(st.integers(1, 4))
    return least, draw(sets(least)), draw(sets(least))


@given(x=ends(), y=ends(), least=st.integers(1, 4))
def test_order_of_positions(x: Expr, y: Expr, least: int) -> None:
    order = Order(L, least)
    truth = {value(x, n) >= value(y, n) for n in depths(least)}
    assert order.surely(x, y) == (truth == {True})
    if len(truth) == 2:
        with pytest.raises(Undecidable):
            order.at_least(x, y)
    else:
        assert {order.at_least(x, y)} == truth


@given(x=ends(), y=ends(), least=st.integers(1, 4))
def test_larger_and_smaller(x: Expr, y: Expr, least: int) -> None:
    order = Order(L, least)
    above = [value(x, n) >= value(y, n) for n in depths(least)]
    below = [value(x, n) <= value(y, n) for n in depths(least)]
    if not all(above) and not all(below):
        for choose in (order.larger, order.smaller):
            with pytest.raises(Undecidable):
                choose(x, y)
        return
    for n in depths(least):
        assert value(order.larger(x, y), n) == max(value(x, n), value(y, n))
        assert value(order.smaller(x, y), n) == min(value(x, n), value(y, n))


@given(low=ends(), high=ends(), least=st.integers(1, 4))
def test_never(low: Expr, high: Expr, least: int) -> None:
    empty = [value(high, n) < value(low, n) for n in depths(least)]
    try:
        assert Order(L, least).never(low, high) == all(empty)
    except Undecidable:
        assert 0 < sum(empty) < len(empty)


@given(x=ends(), y=ends(), least=st.integers(1, 4))
def test_difference(x: Expr, y: Expr, least: int) -> None:
    differences = {value(x, n) - value(y, n) for n in depths(least)}
    assert Order(L, least).difference(x, y) == (differences.pop() if len(differences) == 1 else None)


@given(drawn=pairs())
def test_meet(drawn: tuple[int, LayerSet, LayerSet]) -> None:
    least, one, two = drawn
    try:
        both = one.meet(two, Order(L, least))
    except Undecidable:
        return
    for n in depths(least):
        members = both.members({L: n})
        assert members == sorted(set(one.members({L: n})) & set(two.members({L: n})))


@given(drawn=pairs())
def test_minus(drawn: tuple[int, LayerSet, LayerSet]) -> None:
    """As a list: no layer stands in the difference twice."""
    least, one, two = drawn
    try:
        rest = one.minus(two, Order(L, least))
    except Undecidable:
        return
    for n in depths(least):
        assert rest.members({L: n}) == sorted(set(one.members({L: n})) - set(two.members({L: n})))


@given(drawn=pairs())
def test_plus(drawn: tuple[int, LayerSet, LayerSet]) -> None:
    least, one, two = drawn
    try:
        either = one.plus(two, Order(L, least))
    except Undecidable:
        return
    for n in depths(least):
        assert either.members({L: n}) == sorted(set(one.members({L: n})) | set(two.members({L: n})))


@given(drawn=pairs(), depth=st.integers(1, 8))
def test_a_fixed_number_of_layers_leaves_nothing_open(drawn: tuple[int, LayerSet, LayerSet], depth: int) -> None:
    def fixed(drawn: LayerSet) -> LayerSet:
        return LayerSet(tuple(Range(num(value(r.low, depth)), num(value(r.high, depth))) for r in drawn.ranges))

    least, one, two = drawn
    if depth < least:
        return
    one, two, order = fixed(one), fixed(two), Order(None, depth)
    a, b = set(one.members({})), set(two.members({}))
    assert one.meet(two, order).members({}) == sorted(a & b)
    assert one.minus(two, order).members({}) == sorted(a - b)
    assert one.plus(two, order).members({}) == sorted(a | b)


@given(drawn=pairs(), by=st.integers(-3, 3))
def test_shifted(drawn: tuple[int, LayerSet, LayerSet], by: int) -> None:
    least, one, _ = drawn
    for n in depths(least):
        assert one.shifted(by).members({L: n}) == [m + by for m in one.members({L: n})]


@given(one=ends(), by=st.integers(-9, 9))
def test_shift(one: Expr, by: int) -> None:
    assert all(value(shift(one, by), n) == value(one, n) + by for n in range(5))
    assert shift(shift(one, by), -by) == one


# ---------------------------------------------------------------- the cases that occur


def test_the_usual_cuts() -> None:
    order, before = Order(L, 1), Add((L, num(-1)))
    assert str(layers(1, L).minus(layers(L, L), order)) == "1..L - 1"
    assert str(layers(0, L).minus(layers(0, before), order)) == "L"
    assert str(layers(1, L).meet(layers(0, before), order)) == "1..L - 1"
    assert not layers(1, L).minus(layers(0, L), order)
    assert (
        str(layers(1, 5).minus(LayerSet((Range(num(2), num(2)), Range(num(4), num(4)))), Order(None, 5))) == "1, 3, 5"
    )


@pytest.mark.parametrize(
    ("one", "two", "least"),
    [
        (layers(0, L), layers(1, Add((L, num(-2)))), 1),
        (layers(1, L), layers(3, Add((L, num(-1)))), 2),
        (layers(1, L), layers(2, Add((L, num(-1)))), 1),
    ],
    ids=["up to L - 2", "from 3 on", "the first and the last layer may be one"],
)
def test_a_difference_that_depends_on_the_number_of_layers(one: LayerSet, two: LayerSet, least: int) -> None:
    with pytest.raises(Undecidable, match="depends on the number of layers"):
        one.minus(two, Order(L, least))
    one.minus(two, Order(L, 4))


def test_empty_cuts_take_nothing_away() -> None:
    for low, high in ((3, 1), (2, 0), (3, 2)):
        assert layers(1, 5).minus(layers(low, high), Order(None, 5)).members({}) == [1, 2, 3, 4, 5]


def test_a_letter_of_its_own_is_not_ordered() -> None:
    order = Order(L, 3)
    assert order.at_least(Add((l, ONE)), l)
    assert not order.at_least(l, Add((l, ONE)))
    with pytest.raises(Undecidable) as raised:
        order.at_least(l, num(2))
    assert "l and 2" in str(raised.value)
    assert "L >= 3" in str(raised.value)
    with pytest.raises(Undecidable):
        order.larger(l, L)


@pytest.mark.parametrize("wrong", [Mul((num(2), l)), Div(l, num(2)), Add((l, L)), num("1/2")], ids=str)
def test_no_position(wrong: Expr) -> None:
    with pytest.raises(ValueError, match="not a position"):
        split(wrong)


def test_text_and_points() -> None:
    assert [text(e) for e in (l, num(3), Add((L, num(-1))), Add((l, num(2))))] == ["l", "3", "L - 1", "l + 2"]
    assert layers(2, 2).point == num(2)
    assert layers(1, 2).point is None
    assert LayerSet((Range(num(1), num(1)), Range(L, L))).point is None
    assert not LayerSet(())
