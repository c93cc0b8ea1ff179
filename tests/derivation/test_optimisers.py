"""What is derived about optimisers: the equivalences, the weighted sums and their corrections, each line checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from derive.algebra.tree import ONE, ZERO, Expr, Ref, Sum, add
from derive.data.optimisers import OPTIMISERS, Optimiser
from derive.derivation import optimisers
from derive.derivation.chapter import derive_chapter
from derive.derivation.checked import Checker, check_section
from derive.derivation.optimisers import checked_optimiser, optimiser_sections
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
                found[e.label] = f"{text(e.claim[0], own)} = {text(e.claim[1], own)}, t = {e.layers}"
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
    constant = summand.replace("g_i", "c")
    assert found[f"constant-{state}-hat-{name}"].endswith(f" = {constant}, t = 1..T")


def test_decay_stands_apart() -> None:
    expected = "θ_t = (1 - η γ) θ_{t-1} - η m̂_t/(sqrt(v̂_t) + ϵ), t = 1..T"
    assert claims("adamw")["decay-adamw"] == expected
    assert not any("decay" in label for label in claims("adam"))


def test_a_running_mean_without_correction() -> None:
    found = claims("rmsprop")
    assert found == {"weighted-sum-s-rmsprop": "s_t = (1 - ρ) sum_{i=1..t} ρ^(t - i) g_i^2, t = 1..T"}


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


def late(a: Expr, u: Expr, last: Expr, ahead: Expr = ZERO) -> Sum:
    """One factor too many in every term."""
    found = optimisers.__dict__["right_weighted"](a, u, last, add(ahead, ONE))
    assert isinstance(found, Sum)
    return found


@pytest.mark.parametrize("name", ["momentum", "rmsprop", "adam"])
def test_a_wrong_exponent_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    again(name)
    monkeypatch.setattr(optimisers, "right_weighted", optimisers.weighted, raising=False)
    monkeypatch.setattr(optimisers, "weighted", late)
    with pytest.raises(CheckFailed, match="weighted-sum"):
        again(name)


def test_a_forgotten_term_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimisers, "_collected", lambda expr, _: expr.terms[0])
    with pytest.raises(CheckFailed, match="update-phi-nesterov"):
        again("nesterov")


def test_the_last_move_has_the_right_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimisers, "sub", add)
    with pytest.raises(CheckFailed, match="heavy-ball-momentum/velocity"):
        again("momentum")


# ---------------------------------------------------------------- in the chapter of a network


def test_numbers_do_not_depend_on_the_choice() -> None:
    """The number of an equation is that of the full chapter, whatever is printed."""
    plain = derive_chapter(parse_network("2-1", optimisers=()))
    chosen = derive_chapter(parse_network("2-1", optimisers=("nesterov", "sgd", "adamw")))
    assert plain.full == chosen.full
    assert {f"update-theta-{row.name}" for row in OPTIMISERS if row.name != "sgd"} <= set(plain.full)
    assert plain.numbers == {label: n for label, n in plain.full.items() if label in plain.numbers}
    assert "update-theta-adam" not in plain.numbers
    assert {"update-theta-adamw", "weighted-sum-v-nesterov"} <= set(chosen.numbers)
    keys = [s.key for s in chosen.sections if s.key.startswith("optimiser-")]
    assert keys == ["optimiser-nesterov", "optimiser-adamw", "optimiser-constant-adamw"]
    assert not any(s.key.startswith("optimis") for s in plain.sections)


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
        model = optimiser_sections(row)[0].model
        for state in row.states:
            assert any(d.head == Ref(state, (ZERO,)) and d.rhs == ZERO for d in model.definitions)
            assert model.quantities[state].layer == model.quantities["theta"].layer
