"""What a chapter holds: derivation recursion in three forms, conditions, closed forms, ranges, labels."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import normalize

import pytest

from derive.algebra.layers import Undecidable
from derive.derivation.chapter import derive_chapter
from derive.derivation.engine import Engine
from derive.derivation.steps import Chapter, Derivation
from derive.model.build import Form, network_model
from derive.notation.notation import notation
from derive.notation.plain import text
from derive.spec import NetworkSpec, parse_network

GENERAL = NetworkSpec("general")


def everything(d: Derivation) -> Iterator[Derivation]:
    for lemma in d.lemmas:
        yield from everything(lemma)
    yield d


def claims(chapter: Chapter) -> dict[str, str]:
    out = {}
    for s in chapter.sections:
        n = notation("lecture").fit(s.model)
        for top in s.derivations:
            for d in everything(top):
                out[d.label] = normalize("NFC", f"{text(d.claim[0], n)} = {text(d.claim[1], n)}")
    return out


@pytest.fixture(scope="module")
def general() -> Chapter:
    return derive_chapter(GENERAL)


def test_delta_recursion_general_layer(general: Chapter) -> None:
    """MATHEMATICS part 2: B7, C and D, found by the one rule."""
    found = claims(general)
    assert found["delta-hidden/index"] == "δ^l_k = f_l'(z^l_k) sum_{p=1..n_{l+1}} w^{l+1}_{pk} δ^{l+1}_p"
    assert found["delta-hidden"] == "δ^l = f_l'(z^l) ⊙ ((W^{l+1})^T δ^{l+1})"
    assert found["delta-hidden-batch"] == "Δ^l = f_l'(Z^l) ⊙ (Δ^{l+1} W^{l+1})"
    assert found["delta-hidden-batch-columns"] == "Δ^l = f_l'(Z^l) ⊙ ((W^{l+1})^T Δ^{l+1})"
    assert found["gradient-W"] == "∂J/∂W^l = δ^l (a^{l-1})^T"
    assert found["gradient-W-batch"] == "∂J/∂W^l = (Δ^l)^T A^{l-1}"
    assert found["gradient-b-batch"] == "∂J/∂b^l = (Δ^l)^T 1_N"


def test_ranges(general: Chapter) -> None:
    """The recursion holds for l = 1..L-1 and stops at 1: there is no delta^0."""
    found = {d.label: d.layers for s in general.sections for t in s.derivations for d in everything(t)}
    assert str(found["delta-hidden"]) == "1..L - 1"
    assert str(found["delta-output"]) == "L"
    assert str(found["gradient-W"]) == "1..L"
    assert str(found["delta-hidden/fan-out"]) == "0..L - 1"


def test_a_derivation_is_a_chain(general: Chapter) -> None:
    for s in general.sections:
        for top in s.derivations:
            for d in everything(top):
                assert d.steps
                assert all(a.after == b.before for a, b in zip(d.steps, d.steps[1:], strict=False))
                assert all(step.check is not None and step.check.networks >= 5 for step in d.steps)
                assert all(step.reason for step in d.steps)


def test_the_mean_enters_once(general: Chapter) -> None:
    """1/N stands in the gradient of the cost and nowhere else."""
    found = {k: v for k, v in claims(general).items() if "-batch" in k and "1/N" in v.replace("/N", "1/N")}
    assert found
    assert all(k.startswith(("cost-gradient", "delta-output")) for k in found)


def test_softmax_and_cross_entropy() -> None:
    chapter = derive_chapter(parse_network("4-5:softmax-3:softmax"))
    found = claims(chapter)
    assert found["delta-output/index"] == "δ^2_k = a^2_k sum_{i=1..n_2} y_i - y_k"
    assert found["delta-output/activation"] == "∂a^2_i/∂z^2_k = a^2_i ([i=k] - a^2_k)"
    output = next(d for s in chapter.sections for d in s.derivations if d.label == "delta-output/index")
    n = notation("lecture").fit(chapter.sections[0].model)
    assert [f"{text(a, n)} = {text(b, n)}" for a, b in output.conditions] == [
        "sum_{i=1..n_2} y_i = 1",
        "δ^2_k = a^2_k - y_k",
    ]


@pytest.mark.parametrize(
    ("network", "cost", "expected"),
    [
        ("3-2:sigmoid", "binary-cross-entropy", "a^1_k - y_k"),
        ("3-2:identity", "half-squared-error", "a^1_k - y_k"),
        ("3-2:sigmoid", "half-squared-error", "σ'(z^1_k) (a^1_k - y_k)"),
        ("3-2:tanh", "squared-error", "2 tanh'(z^1_k) (a^1_k - y_k)"),
    ],
)
def test_output_error(network: str, cost: str, expected: str) -> None:
    found = claims(derive_chapter(parse_network(network, cost=cost)))
    assert found["delta-output/index"] == f"δ^1_k = {expected}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("sigmoid", "σ(z) (1 - σ(z))"), ("tanh", "1 - tanh(z)^2"), ("relu", "{1 if z > 0; 0 otherwise}")],
)
def test_derivatives_of_activations_are_found(name: str, expected: str) -> None:
    found = claims(derive_chapter(parse_network(f"2-2:{name}", cost="half-squared-error")))
    assert found[f"activation-derivative-{name}"].endswith(" = " + expected)


def test_penalty() -> None:
    found = claims(derive_chapter(parse_network("3-4:tanh-2", penalty="l2=0.1")))
    assert found["penalty-gradient"] == "∂Ĵ/∂W^l = δ^l (a^{l-1})^T + λ W^l"
    assert found["update-W-penalty"] == "W^l(t+1) = (1 - η λ) W^l(t) - η δ^l (a^{l-1})^T"
    lecture = claims(derive_chapter(parse_network("3-4:tanh-2", penalty={"l2": 0.1, "factor": "one"})))
    assert lecture["penalty-gradient"] == "∂Ĵ/∂W^l = δ^l (a^{l-1})^T + 2 λ W^l"


def test_penalties_with_an_absolute_value() -> None:
    found = claims(derive_chapter(parse_network("3-4:tanh-2", penalty="l1=0.1")))
    assert found["penalty-gradient"] == "∂Ĵ/∂W^l = δ^l (a^{l-1})^T + λ sign(W^l)"
    assert found["update-W-penalty"] == "W^l(t+1) = W^l(t) - η λ sign(W^l(t)) - η δ^l (a^{l-1})^T"
    both = claims(derive_chapter(parse_network("3-4:tanh-2", penalty="l1=0.1,l2=0.2")))
    assert both["penalty-gradient"] == "∂Ĵ/∂W^l = δ^l (a^{l-1})^T + λ_1 sign(W^l) + λ_2 W^l"
    update = "W^l(t+1) = (1 - η λ_2) W^l(t) - η λ_1 sign(W^l(t)) - η δ^l (a^{l-1})^T"
    assert both["update-W-penalty"] == update
    assert "gradient-b-penalty" not in both


def test_an_order_that_depends_on_the_number_of_layers_raises() -> None:
    """Softmax in layer 2 of a network of L >= 1 layers: whether layer 2 exists is not known, and nothing is guessed."""
    from dataclasses import replace

    from derive.algebra.layers import LayerSet, Range, layers
    from derive.algebra.substitute import at, put
    from derive.algebra.tree import Sym, num

    model = network_model(GENERAL, Form())
    l = Sym("l")
    general = next(d for d in model.definitions if d.label == "forward-a")
    second = replace(
        general, head=at(general.head, {l: num(2)}), rhs=put(general.rhs, {l: num(2)}), layers=layers(2, 2)
    )
    others = replace(general, layers=LayerSet((Range(num(1), num(1)), Range(num(3), Sym("L")))))
    rest = tuple(d for d in model.definitions if d is not general)
    mixed = replace(model, definitions=(*rest, second, others))
    with pytest.raises(Undecidable):
        Engine(mixed).adjoint("z")
    deep = replace(mixed, least_layers=4)
    assert Engine(deep).adjoint("z")


def test_layers_that_differ_only_in_number_share_one_derivation() -> None:
    """A thousand layers are the same few derivations as three, with another range."""

    def told(depth: int) -> list[tuple[str, int, str]]:
        spec = parse_network("-".join(["4", *["4:tanh"] * depth, "3:softmax"]))
        engine = Engine(network_model(spec, Form()))
        results = [r for name in ("z", "w", "b", "x") for r in engine.adjoint(name)]
        return [(r.derivation.label, len(r.derivation.steps), str(r.layers)) for r in results if r.derivation]

    few, many = told(3), told(1000)
    assert [row[:2] for row in few] == [row[:2] for row in many]
    assert ("delta-hidden", 5, "1..3") in few
    assert ("delta-hidden", 5, "1..1000") in many


@pytest.mark.parametrize("network", ["3-2:tanh", "1-1:identity", "3-4:softmax", "1-1:sigmoid"])
def test_penalty_of_a_single_layer(network: str) -> None:
    """The letter of the sum over layers is not the layer that was put in: lambda w^1, not lambda times a sum."""
    found = claims(derive_chapter(parse_network(network, penalty="l2=0.1")))
    assert found["penalty-gradient-batch"] == "∂Ĵ/∂W^1 = (Δ^1)^T A^0 + λ W^1"
    assert found["update-W-penalty-batch"] == "W^1(t+1) = (1 - η λ) W^1(t) - η (Δ^1)^T A^0"


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        ("mean-absolute-error", "by convention 0 at 0"),
        ("hinge", "where both are equal 0 by convention"),
        ("huber", "at a border with the slope of the case that holds there"),
    ],
)
def test_the_convention_at_a_kink_of_the_cost_is_said(cost: str, said: str) -> None:
    chapter = derive_chapter(NetworkSpec("kink", (2, 2), ("tanh",), cost), checked=())
    found = next(d for s in chapter.sections for d in s.derivations if d.label.startswith("cost-gradient"))
    assert any(said in step.reason for step in found.steps)


def test_an_activation_in_the_middle_of_a_deep_network_is_checked() -> None:
    """Of more than twelve layers those near both ends are compared, and those with an equation of their own."""
    chapter = derive_chapter(parse_network("1" + "-1:relu" * 6 + "-1:tanh" + "-1:relu" * 7))
    of_tanh = [d for s in chapter.sections for d in s.derivations if d.label.startswith("delta-hidden-tanh")]
    assert of_tanh
    assert all(step.check is not None and step.check.networks > 0 for d in of_tanh for step in d.steps)
