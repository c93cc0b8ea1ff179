"""Beside the derivation: logistic regression, units that begin equal, a bound for chains; and what their checks see."""

from __future__ import annotations

from dataclasses import replace
from unicodedata import normalize

import numpy as np
import pytest

from derive.algebra.substitute import put
from derive.algebra.tree import Expr, Partial, Ref, Sym, num
from derive.derivation import special_cases
from derive.derivation.checked import Checker, check_section
from derive.derivation.ruleset import EngineRules
from derive.derivation.steps import Derivation, Section
from derive.errors import CheckFailed
from derive.meaning import MeaningError, standard_worlds, world
from derive.notation.notation import notation
from derive.notation.plain import text

SECTIONS = {s.key: s for s in special_cases.special_cases(EngineRules())}


def claim(section: Section, label: str) -> str:
    n = notation("lecture").fit(section.model)
    d = found(section, label)
    return normalize("NFC", f"{text(d.claim[0], n)} = {text(d.claim[1], n)}")


def found(section: Section, label: str) -> Derivation:
    return next(d for top in section.derivations for d in (*top.lemmas, top) if d.label == label)


@pytest.mark.parametrize("key", SECTIONS)
def test_every_line_holds(key: str) -> None:
    checked = check_section(SECTIONS[key], Checker(SECTIONS[key].model))
    steps = [s for d in checked.derivations for s in d.steps]
    assert all(s.check is not None and s.check.networks >= 5 for s in steps if key != "activations-sigmoid")


def test_logistic_regression_is_one_layer() -> None:
    section = SECTIONS["logistic"]
    assert claim(section, "delta-output-logistic") == "δ^1 = a^1 - y"
    assert claim(section, "gradient-W-logistic") == "∂J/∂W^1 = δ^1 (a^0)^T"
    assert section.model.least_layers == 1


EQUAL = {
    "forward-z-equal/units": "z^1_k = z^1_i",
    "delta-hidden-equal": "δ^1_k = δ^1_i",
    "gradient-W-equal": "∂J/∂w^1_{kj} = ∂J/∂w^1_{ij}",
    "gradient-b-equal": "∂J/∂b^1_k = ∂J/∂b^1_i",
    "gradient-W-out-equal": "∂J/∂w^2_{pk} = ∂J/∂w^2_{pi}",
    "update-W-equal": "w^1_{kj} - η ∂J/∂w^1_{kj} = w^1_{ij} - η ∂J/∂w^1_{ij}",
}


@pytest.mark.parametrize(("label", "expected"), EQUAL.items(), ids=EQUAL)
def test_equal_units_stay_equal(label: str, expected: str) -> None:
    assert claim(SECTIONS["equal"], label) == expected


@pytest.mark.parametrize("dropped", ["forward-w-in-equal", "forward-b-equal", "forward-w-out-equal"])
def test_each_assumption_is_needed(dropped: str) -> None:
    """Without one of the three equal things the errors of two units differ, and the check says so."""
    section = SECTIONS["equal"]
    kept = tuple(d for d in section.model.definitions if d.label != dropped)
    model = replace(section.model, definitions=kept)
    with pytest.raises(CheckFailed, match="the line is not true"):
        check_section(replace(section, model=model), Checker(model))


def test_units_of_another_layer_are_not_equal() -> None:
    """The same claim about layer 2 fails."""
    section = SECTIONS["equal"]
    d = found(section, "forward-z-equal/units")
    second = tuple(_in_layer_2(side) for side in d.claim)
    step = replace(d.steps[0], before=second[0], after=second[1])
    free = tuple((s, put(end, {Sym("l"): num(2)})) for s, end in d.free)
    wrong = replace(d, claim=(second[0], second[1]), steps=(step,), free=free)
    with pytest.raises((CheckFailed, MeaningError)):
        Checker(section.model).derivation(wrong)


def _in_layer_2(e: Expr) -> Expr:
    assert isinstance(e, Ref)
    return Ref(e.name, (num(2),), e.entries)


# ---------------------------------------------------------------- the bound


def test_the_bound_of_a_chain() -> None:
    """MATHEMATICS A15: |delta_1| <= 4^-L prod |w_l| |dJ/da_L|, here for every layer."""
    section = SECTIONS["deep"]
    shown = "abs(δ^l) = (1/4)^(L - l + 1) (prod_{q=l+1..L} abs(w^q)) abs(∂J/∂a^L)"
    assert claim(section, "delta-hidden-deep/bound") == shown


def test_the_bound_against_a_loop() -> None:
    """Both sides for a chain of six, by plain floating-point numbers."""
    section = SECTIONS["deep"]
    d = found(section, "delta-hidden-deep/bound")
    depth, rng = 6, np.random.default_rng(5)
    w, b = rng.normal(size=depth) * 2, rng.normal(size=depth)
    given = {"x": 0.7, "w": dict(enumerate(w, 1)), "b": dict(enumerate(b, 1))}
    chain = world(section.model, 3, depth, values=given)
    slope = abs(float(chain.value(Partial(section.model.objective, Ref("a", (num(depth),)))).real))
    a, error = [0.7], slope
    for wl, bl in zip(w, b, strict=True):
        a.append(1 / (1 + np.exp(-(wl * a[-1] + bl))))
    for here in range(depth, 0, -1):
        error *= a[here] * (1 - a[here]) * (abs(w[here]) if here < depth else 1.0)
        if here == depth:
            continue
        assert d.layer is not None
        left, right = (float(chain.value(put(side, {d.layer: num(here)})).real) for side in d.claim)
        assert left == pytest.approx(error, rel=1e-10)
        assert right == pytest.approx(slope * np.prod(np.abs(w[here:])) / 4 ** (depth - here + 1), rel=1e-12)
        assert left <= right


def test_a_bound_that_is_too_small_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A largest slope of 1/40 instead of 1/4."""
    from derive.derivation import bound

    right = bound.largest_slope
    monkeypatch.setattr(bound, "largest_slope", lambda e: (right(e) or 0) / 10)
    section = next(s for s in special_cases.special_cases(EngineRules()) if s.key == "deep")
    with pytest.raises(CheckFailed, match="the line is not true"):
        check_section(section, Checker(section.model))


def test_the_worlds_of_the_special_cases() -> None:
    """Two layers at least where the first must be an inner one; widths of logistic regression are letters."""
    assert min(w.depth for w in standard_worlds(SECTIONS["equal"].model)) == 2
    assert len({w.widths for w in standard_worlds(SECTIONS["logistic"].model)}) > 1
