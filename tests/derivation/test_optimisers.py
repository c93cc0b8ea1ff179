"""What is derived about optimisers: the equivalences, the weighted sums and their corrections, each line checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from derive.algebra import substitute
from derive.algebra.tree import ONE, ZERO, Add, Div, Expr, Fn, Pow, Ref, Sym, add, mul, neg, num, sub
from derive.data.optimisers import OPTIMISERS, Optimiser
from derive.derivation.chapter import derive_chapter
from derive.derivation.checked import Checker, check_section
from derive.derivation.optimisers import (
    checked_optimiser,
    decay,
    first,
    means,
    optimiser_rules,
    optimiser_sections,
    seen,
    velocity,
)
from derive.derivation.steps import Derivation
from derive.errors import CheckFailed
from derive.notation.notation import notation
from derive.notation.plain import text
from derive.spec import NetworkSpec, parse_network

every_optimiser = pytest.mark.parametrize("row", OPTIMISERS, ids=lambda row: row.name)
MEANS = {
    "m": ("β_1", "g_i", "m_t"),
    "v": ("β_2", "g_i^2", "v_t"),
}


def claims(name: str) -> dict[str, str]:
    """Every equation as text, by label."""
    found = {}
    for section in optimiser_sections(OPTIMISERS.get(name)):
        own = notation("lecture").fit(section.model)
        for d in section.derivations:
            for e in (*d.lemmas, d):
                sign = "<=" if any(step.relation == "<=" for step in e.steps) else "="
                where = f", t = {e.layers}" if e.layers else ""
                found[e.label] = f"{text(e.claim[0], own)} {sign} {text(e.claim[1], own)}{where}"
    return found


def test_momentum_is_the_heavy_ball() -> None:
    found = claims("momentum")
    assert found["heavy-ball-momentum"] == "θ_t = θ_{t-1} + μ (θ_{t-1} - θ_{t-2}) - η g_t, t = 2..T"
    assert found["heavy-ball-momentum/velocity"] == "v_{t-1} = θ_{t-1} - θ_{t-2}, t = 2..T"
    assert found["weighted-sum-v-momentum"] == "v_t = -η sum_{i=1..t} μ^(t - i) g_i, t = 1..T"


def test_both_forms_of_nesterov() -> None:
    found = claims("nesterov")
    assert found["gradient-phi-nesterov"] == "g_t = G(φ_{t-1}), t = 1..T"
    assert found["update-phi-nesterov"] == "φ_t = φ_{t-1} - μ v_{t-1} + (1 + μ) v_t, t = 1..T"
    assert "heavy-ball-nesterov" not in found


@pytest.mark.parametrize("name", ["adam", "adamw"])
@pytest.mark.parametrize("state", MEANS)
def test_why_the_means_are_corrected(name: str, state: str) -> None:
    beta, summand, mean = MEANS[state]
    found = claims(name)
    of_weights = f"(1 - {beta}) sum_{{i=1..t}} {beta}^(t - i)"
    assert found[f"weighted-sum-{state}-{name}"] == f"{mean} = {of_weights} {summand}, t = 1..T"
    assert found[f"weights-{state}-{name}"] == f"{of_weights} = 1 - {beta}^t, t = 1..T"
    constant = summand.replace("g_i", "κ")
    assert found[f"constant-{state}-hat-{name}"].endswith(f" = {constant}, t = 1..T")


def test_decay_stands_apart() -> None:
    expected = "θ_t = (1 - η γ) θ_{t-1} - η m̂_t/(sqrt(v̂_t) + ϵ), t = 1..T"
    assert claims("adamw")["decay-adamw"] == expected
    assert not any("decay" in label for label in claims("adam"))


def test_a_running_mean_without_correction() -> None:
    found = claims("rmsprop")
    assert found["weighted-sum-s-rmsprop"] == "s_t = (1 - ρ) sum_{i=1..t} ρ^(t - i) g_i^2, t = 1..T"
    assert not any(label.startswith(("weights", "constant", "one-factor")) for label in found)


def test_the_first_step() -> None:
    """As long as the learning rate for Adam, whatever the gradient; longer where nothing corrects the mean."""
    assert claims("momentum")["first-step-momentum"] == "θ_1 = θ_0 - η g_1"
    assert claims("nesterov")["first-step-nesterov"] == "θ_1 = θ_0 - η g_1"
    adam, rmsprop = claims("adam"), claims("rmsprop")
    assert adam["first-step-adam/m-hat"] == "m̂_1 = g_1"
    assert adam["first-step-adam/v-hat"] == "v̂_1 = g_1^2"
    assert adam["first-step-adam"] == "θ_1 = θ_0 - η g_1/(abs(g_1) + ϵ)"
    assert adam["first-size-adam"] == "abs(θ_1 - θ_0) <= η"
    assert rmsprop["first-size-rmsprop"] == "abs(θ_1 - θ_0) <= η/sqrt(1 - ρ)"


def test_the_efficient_order_of_adam() -> None:
    right = "sqrt(1 - β_2^t)/(1 - β_1^t) m_t/(sqrt(v_t) + ϵ sqrt(1 - β_2^t)), t = 1..T"
    assert claims("adam")["one-factor-adam"] == f"m̂_t/(sqrt(v̂_t) + ϵ) = {right}"
    assert claims("adamw")["one-factor-adamw"] == f"m̂_t/(sqrt(v̂_t) + ϵ) = {right}"


def test_the_forms_of_momentum() -> None:
    """What PyTorch keeps, and an exponentially weighted average, against the velocity."""
    found = claims("momentum")
    assert found["form-u-momentum"] == "v_t = -η u_t, t = 1..T"
    assert found["update-form-u-momentum"] == "θ_t = θ_{t-1} - η u_t, t = 1..T"
    assert found["form-m-momentum"] == "v_t = -η/(1 - μ) m_t, t = 1..T"
    assert found["update-form-m-momentum"] == "θ_t = θ_{t-1} - η/(1 - μ) m_t, t = 1..T"


def test_the_forms_part_where_the_learning_rate_changes() -> None:
    found = claims("momentum")
    kept = "θ_t = θ_{t-1} + μ (θ_{t-1} - θ_{t-2}) - η_t g_t, t = 2..T"
    rescaled = "θ_t = θ_{t-1} + μ η_t/η_{t-1} (θ_{t-1} - θ_{t-2}) - η_t g_t, t = 2..T"
    assert found["heavy-ball-rate-momentum"] == kept
    assert found["heavy-ball-scaled-momentum"] == rescaled


def test_a_penalty_is_no_decay_for_adam() -> None:
    found = claims("adamw")
    sums = [f"sum_{{i=1..t}} β_1^(t - i) {what}" for what in ("G(θ_{i-1})", "θ_{i-1}")]
    assert found["coupled-mean-adamw"] == f"m_t = (1 - β_1) {sums[0]} + γ (1 - β_1) {sums[1]}, t = 1..T"
    below = "(sqrt(v̂_t) + ϵ)"
    terms = [f"η{c}/(1 - β_1^t) ((1 - β_1) {s})/{below}" for c, s in zip(("", " γ"), sums, strict=True)]
    assert found["coupled-step-adamw"] == f"θ_t = θ_{{t-1}} - {terms[0]} - {terms[1]}, t = 1..T"
    assert found["first-size-coupled-adamw"] == "abs(θ_1 - θ_0) <= η"
    assert found["decay-sgd"] == "θ_t = (1 - η γ) θ_{t-1} - η G(θ_{t-1}), t = 1..T"


@every_optimiser
def test_every_line_was_checked(row: Optimiser) -> None:
    def lines(d: Derivation) -> Iterator[bool]:
        yield from (step.check is not None and step.check.networks > 3 for step in d.steps)
        yield from (checked for lemma in d.lemmas for checked in lines(lemma))

    for section in checked_optimiser(row.name):
        for d in section.derivations:
            assert all(lines(d))
            for before, after in zip(d.steps, d.steps[1:], strict=False):
                assert before.after == after.before


# ---------------------------------------------------------------- wrong rules


def again(name: str) -> None:
    """Derived and checked anew, past what is remembered."""
    for section in optimiser_sections.__wrapped__(OPTIMISERS.get(name)):
        check_section(section, Checker(section.model))


RIGHT_WEIGHTED = means.weighted


def late(a: Expr, u: Expr, last: Expr, ahead: Expr = ZERO) -> Expr:
    """One factor too many in every term."""
    return RIGHT_WEIGHTED(a, u, last, add(ahead, ONE))


@pytest.mark.parametrize("name", ["momentum", "rmsprop", "adam"])
def test_a_wrong_exponent_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    again(name)
    monkeypatch.setattr(means, "weighted", late)
    with pytest.raises(CheckFailed, match="weighted-sum"):
        again(name)


def spoiled(old: Expr, new: Expr) -> Callable[..., Expr]:
    """Products in which one factor stands for another."""
    return lambda *factors: mul(*(new if f == old else f for f in factors))


RIGHT_SPLIT = decay._split
SLOPE = Ref("g", (ONE,))
ROOT = Fn("sqrt", (Pow(SLOPE, num(2)),))
RATIO = Div(Ref("rate", (Sym("t"),)), Ref("rate", (sub(Sym("t"), ONE),)))
SCALE = Fn("sqrt", (sub(ONE, Pow(Ref("beta_2"), Sym("t"))),))
WRONG: dict[str, tuple[str, ModuleType, str, Any, str]] = {
    "a term is forgotten": ("nesterov", velocity, "collected", lambda e, _: e.terms[0], "update-phi-nesterov"),
    "the last move backwards": (
        "momentum", seen, "_difference", lambda x, rest, _: Add((rest, neg(x))), "heavy-ball-momentum/velocity",
    ),
    "the form without its scale": (
        "momentum", velocity, "mul", spoiled(neg(Div(Ref("eta"), sub(ONE, Ref("mu")))), Ref("eta")), "form-m-momentum",
    ),
    "the last move is not rescaled": (
        "momentum", velocity, "mul", spoiled(RATIO, ONE), "heavy-ball-scaled-momentum",
    ),
    "the root of a square is the number": (
        "adam", first, "_rooted", lambda e: substitute.replace(e, ROOT, SLOPE), "first-step-adam",
    ),
    "nothing cancels": ("adam", first, "_cancelled", lambda e: e.numerator, "first-step-adam/m-hat"),
    "the step is shorter than the rate": (
        "rmsprop", first, "_parts", lambda _: (ONE, Fn("abs", (SLOPE,)), Fn("sqrt", (Ref("rho"),))), "first-size",
    ),
    "epsilon keeps its place": ("adam", means, "mul", spoiled(SCALE, ONE), "one-factor-adam"),
    "the decay stays outside": ("adamw", decay, "neg", lambda _: ONE, "coupled-step-adamw"),
    "one mean for both terms": ("adamw", decay, "_split", lambda t: ([], RIGHT_SPLIT(t)[1]), "coupled-mean-adamw"),
}  # fmt: skip


@pytest.mark.parametrize("slip", WRONG)
def test_a_wrong_rule_is_seen(slip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, room, what, wrong, where = WRONG[slip]
    monkeypatch.setattr(room, what, wrong)
    with pytest.raises(CheckFailed, match=where):
        again(name)


# ---------------------------------------------------------------- in the chapter of a network


def test_numbers_do_not_depend_on_the_choice() -> None:
    """The number of an equation is that of the full chapter, whatever is printed."""
    plain = derive_chapter(parse_network("2-1", optimisers=()))
    chosen = derive_chapter(parse_network("2-1", optimisers=("nesterov", "sgd", "adamw")))
    every = derive_chapter(parse_network("2-1", optimisers=OPTIMISERS.names))
    assert plain.full.items() <= chosen.full.items()
    assert chosen.full == every.full == every.numbers
    assert {f"update-theta-{row.name}" for row in OPTIMISERS if row.name != "sgd"} <= set(plain.full)
    assert plain.numbers == {label: n for label, n in plain.full.items() if label in plain.numbers}
    assert "update-theta-adamw" not in plain.numbers
    assert {"update-theta-adamw", "weighted-sum-v-nesterov"} <= set(chosen.numbers)
    assert "update-theta-adam" not in chosen.numbers
    numbers = [int(n) for n in chosen.numbers.values()]
    assert numbers == sorted(numbers)


def test_rules_first_then_what_follows() -> None:
    """The rule of Adam stands in every chapter, as it does in the code; what follows where it is asked for."""
    plain = derive_chapter(parse_network("2-1"))
    assert [s.key for s in plain.sections if s.key.startswith("optimis")] == ["optimiser-adam"]
    assert plain.sections[-1].derivations == ()
    chosen = derive_chapter(parse_network("2-1", optimisers=("nesterov", "sgd", "adamw")))
    keys = [s.key for s in chosen.sections if s.key.startswith("optimis")]
    kinds = ("follows", "constant", "coupled", "plain")
    assert keys == [
        "optimiser-nesterov", "optimiser-adamw", "optimiser-follows-nesterov", "optimised-nesterov",
        *(f"optimiser-{kind}-adamw" for kind in kinds), "optimised-adamw",
    ]  # fmt: skip


def in_network(network: str, name: str, **more: str) -> dict[str, str]:
    """The update of every parameter, by label."""
    chapter = derive_chapter(parse_network(network, optimisers=(name,), **more))  # type: ignore[arg-type]
    section = next(s for s in chapter.sections if s.key == f"optimised-{name}")
    own = notation("lecture").fit(section.model)
    for d in section.derivations:
        assert all(step.check is not None for step in d.steps)
    return {d.label: f"{text(d.claim[0], own)} = {text(d.claim[1], own)}" for d in section.derivations}


def test_updates_of_the_network_with_its_gradients() -> None:
    assert in_network("3-2:tanh-2", "momentum") == {
        "update-W-v-momentum": "v^l_{kj}(t+1) = μ v^l_{kj}(t) - η δ^l_k a^{l-1}_j",
        "update-W-momentum": "w^l_{kj}(t+1) = w^l_{kj}(t) + v^l_{kj}(t+1)",
        "update-b-v-momentum": "v̄^l_k(t+1) = μ v̄^l_k(t) - η δ^l_k",
        "update-b-momentum": "b^l_k(t+1) = b^l_k(t) + v̄^l_k(t+1)",
    }
    ahead = in_network("3-2:tanh-2", "nesterov")["update-W-nesterov"]
    assert ahead == "w^l_{kj}(t+1) = w^l_{kj}(t) - μ v^l_{kj}(t) + (1 + μ) v^l_{kj}(t+1)"


def test_weights_decay_and_biases_do_not() -> None:
    found = in_network("3-2:tanh-2", "adamw")
    assert found["update-W-adamw"].endswith(" + γ w^l_{kj}(t))")
    assert "γ" not in found["update-b-adamw"]
    assert "(1 - β_1^(t + 1))" in found["update-b-adamw"]


def test_the_penalty_is_part_of_the_gradient() -> None:
    found = in_network("3-2:tanh-2", "momentum", penalty="l2=0.1")
    expected = "v^l_{kj}(t+1) = μ v^l_{kj}(t) - η (δ^l_k a^{l-1}_j + λ w^l_{kj})"
    assert found["update-W-v-momentum"] == expected
    assert "λ" not in found["update-b-v-momentum"]


def test_updates_with_roots_for_unknown_functions() -> None:
    chapter = derive_chapter(replace(NetworkSpec("general"), optimisers=("rmsprop",)))
    assert any(s.key == "optimised-rmsprop" for s in chapter.sections)


def test_states_start_at_zero_and_iterations_are_an_axis() -> None:
    for row in OPTIMISERS:
        model = optimiser_rules(row).model
        for state in row.states:
            assert any(d.head == Ref(state, (ZERO,)) and d.rhs == ZERO for d in model.definitions)
            assert model.quantities[state].layer == model.quantities["theta"].layer
