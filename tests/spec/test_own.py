"""Formulas of one's own: what is accepted, what is found about them, what is refused."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.algebra.tree import Fn, Sym
from derive.checking import check, check_text
from derive.data.interval import NON_NEGATIVE, POSITIVE, REAL, UNIT, Interval
from derive.errors import DeriveError
from derive.spec import NetworkSpec, read_own
from derive.spec.names import CODE, own_name
from derive.spec.own import own_activation, own_cost
from tests.codegen.emitted import run

GENERATED = Path(__file__).parents[2] / "generated"
BENT = {"bent": "(sqrt(z^2 + 1) - 1)/2 + z"}


@pytest.mark.parametrize(
    ("formula", "values"),
    [
        ("1/(1 + exp(-3*z))", UNIT),
        ("tanh(3*z)", Interval(-1.0, 1.0)),
        ("sin(z)/2 + 1/2", UNIT),
        ("exp(z)", POSITIVE),
        ("exp(-9*z)", NON_NEGATIVE),
        ("z^2", NON_NEGATIVE),
        ("(z - 5)^2", NON_NEGATIVE),
        ("z + 5", REAL),
        ("z^3", REAL),
    ],
)
def test_the_range_is_found(formula: str, values: Interval) -> None:
    assert own_activation("bent", formula).range == values


@pytest.mark.parametrize(
    ("formula", "values"),
    [
        ("exp(z)/sum(exp(z))", UNIT),
        ("exp(z/2)/sum(exp(z/2))", UNIT),
        ("z/sqrt(sum(z^2) + 1)", Interval(-1.0, 1.0)),
        ("z - sum(z)/4", REAL),
        ("log(1 + sum(exp(z))) - z", POSITIVE),
    ],
)
def test_the_range_of_a_formula_about_a_layer(formula: str, values: Interval) -> None:
    row = own_activation("bent", formula)
    assert row.range == values
    assert not row.elementwise


@pytest.mark.parametrize(
    ("formula", "domain"),
    [
        ("(a - y)^4", REAL),
        ("-y*log(a)", POSITIVE),
        ("-(y*log(a) + (1 - y)*log(1 - a))", UNIT),
        ("sqrt(a)*y", NON_NEGATIVE),
    ],
)
def test_the_domain_is_found(formula: str, domain: Interval) -> None:
    assert own_cost("mine", formula).domain == domain


def test_a_steep_sigmoid_has_the_slope_of_sigmoids() -> None:
    """1/(1 + exp(-3z)): 3 a (1 - a)."""
    net = derive.network("2-2:steep-1:sigmoid", activations={"steep": "1/(1+exp(-3*z))"})
    assert r"3 \mathrm{steep}(z)\, \left( 1 - \mathrm{steep}(z) \right)" in net.notes()
    slope = next(d for s in net.chapter.sections for d in s.derivations if d.label == "activation-derivative-steep")
    assert slope.claim[0] == Fn("steep", slope.claim[0].children, order=1)
    (line,) = (line for line in net.code().splitlines() if line.strip().startswith("Delta_1 = "))
    emitted, _, _ = line.split(" = ")[1].partition(" * (Delta_2 @ W_2)")
    z = np.linspace(-4, 4, 9)
    a = 1 / (1 + np.exp(-3 * z))
    np.testing.assert_allclose(eval(emitted, {"np": np, "Z_1": z}), 3 * a * (1 - a), rtol=1e-9)
    training = net.code("training")
    assert "square(A_1, out=P_1)" in training  # a - a^2
    assert "np.exp(-3" not in training


def test_everything_works_with_them() -> None:
    """Derived and checked, printed, read back, emitted, gradient-checked."""
    net = derive.network(
        "2-3:bent-2", activations=BENT, cost="quartic", costs={"quartic": "(a - y)^4"}, penalty="l2=0.1"
    )
    assert check(net.notes()).exit_code == 0
    assert net.gradcheck().holds
    assert "--cost 'quartic=(a - y)^4' --activation 'bent=(sqrt(z^2 + 1) - 1)/2 + z' --penalty l2=0.1" in _command(net)
    assert '"quartic"' in net.notes("json")
    assert "quartic" in net.notes("markdown")


def _command(net: derive.Network) -> str:
    """The command that an emitted file names, read from it as data."""
    tree = ast.parse(net.code())
    (found,) = (n.value for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "COMMAND")
    return str(ast.literal_eval(found))


def test_a_power_alone_is_read_back() -> None:
    """``u^3`` in a setting is a power of the argument and no layer of u."""
    assert check(derive.network("1-1:cube-1:cube", activations={"cube": "z^3"}).notes()).exit_code == 0


def test_they_are_rows_beside_the_table() -> None:
    own = read_own(BENT, {"quartic": "(a - y)^4"})
    spec = NetworkSpec("mine", (2, 3), ("Bent",), "QUARTIC", own=own)
    assert (spec.activations, spec.cost) == (("bent",), "quartic")
    assert spec.cost_row is own.costs[0]
    assert Sym("z") in spec.activation("bent").expression.symbols
    with pytest.raises(DeriveError, match="unknown activation 'bnet'") as raised:
        NetworkSpec("mine", (2, 3), ("bnet",), None, own=own)
    assert "did you mean 'bent'?" in str(raised.value)


def test_the_later_formula_of_a_name_counts() -> None:
    first, second = read_own({"bent": "z^2", "warped": "z^3"}), read_own({"bent": "z^4"})
    assert [row.formula for row in first.joined(second).activations] == ["z^3", "z^4"]


@pytest.mark.parametrize(
    ("network", "options", "said"),
    [
        ("2-3:bent", {"activations": BENT, "cost": "binary-cross-entropy"}, "does not fit the activation bent"),
        ("2-3:tanh", {"cost": "mine", "costs": {"mine": "-y*log(a)"}}, "its outputs lie in (-1, 1)"),
        ("2-3:bnet", {"activations": BENT}, "did you mean 'bent'?"),
        ("2-3:bent", {"activations": {"bent": 3}}, "formulas by name"),
        ("2-3:bent", {"activations": {3: "z"}}, "formulas by name"),
    ],
)
def test_what_does_not_go_together(network: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(DeriveError) as raised:
        derive.network(network, **options)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("log(z)", "no value at z = 0: it takes the logarithm"),
        ("1/z", "no value at z = 0: it divides by zero"),
        ("sqrt(z)", "no value at z = -0.25"),
        ("z^0.5", "no value at z = -0.25"),
        ("1/(z - 2)", "no value at z = 2: it divides by zero"),
        ("exp(exp(exp(z)))", "too large for a number"),
        ("exp(1000*z)", "too large for a number"),
        ("sqrt(z^2)", "jumps at z = 0: -1 before, 1 behind"),
        ("z > 0", "the formula jumps at z = 0: 0 before, 1 behind"),
        ("where(z > 1, z, 0)", "the formula jumps at z = 1"),
        ("where(z > 0, log(z), 0)", "the formula jumps at z = 0"),
        ("where(z > 0, log(z - 1), z)", "no value at z = 0.25: it takes the logarithm"),
        ("where(z, 1, 2)", "the first argument of where is no comparison"),
        ("abs(sin(9*z))", "kinks"),
        ("max(z, 0)/sum(exp(z))", "a formula with sum(...) has pieces"),
        ("log(sum(z))", "no value in a layer of 1"),
        ("z*sum(2)", "a sum(...) of something without z"),
        ("exp(z)/sum(exp(z)/sum(z))", "a sum inside a sum"),
        ("3", "does not depend on z"),
        ("2^z", "an exponent that is no single number"),
        ("(z^2 + 1)^(1/3)", "an exponent that is no single number"),
        ("y", "unknown name 'y'"),
        ("sgmoid(z)", "unknown function 'sgmoid'"),
        ("", "the formula is empty"),
        ("__import__('os').system('true')", "has no meaning in a formula"),
        ("().__class__.__bases__[0]", "expected"),
        ("z.__class__", "'.' has no meaning"),
        ("lambda: z", "':' has no meaning"),
        ("z if z else 1", "no operator before 'if'"),
        ("z; import os", "';' has no meaning"),
        ("z\n\\input{/etc/passwd}", "has no meaning"),
        ('z"""', "has no meaning"),
        ("(" * 20_000 + "z" + ")" * 20_000, "too long"),
        ("(" * 1_000 + "z" + ")" * 1_000, "more than 60 parentheses"),
        ("9^9^9^9*z", "the exponent is too large"),
        ("1e999*z", "out of bounds"),
        ("z" * 3_000, "unknown name"),
        ("nan*z", "unknown name 'nan'"),
        ("z/0", "division by zero"),
    ],
    ids=lambda text: text[:20].encode("unicode_escape").decode(),
)
def test_formulas_that_are_refused(formula: str, said: str) -> None:
    with pytest.raises(DeriveError) as raised:
        own_activation("bent", formula)
    assert said in str(raised.value)
    assert len(str(raised.value)) < 900


PIECES: dict[str, list[tuple[float, float | None]]] = {
    "max(0, z)": [(0, 0)],
    "abs(z)": [(0, 0)],
    "where(z > 0, z, z/100)": [(0, 0.01)],
    "where(z >= 0, z, z/100)": [(0, 1)],
    "max(0, min(1, z))": [(0, 0), (1, 0)],
    "max(z, -z, 1)": [(-1, 0), (1, 0)],
    "(z > 0)*z": [(0, 0)],
    "where(z > 0, log(1 + z), z)": [],
    "where(abs(z) > 1, z, z^3)": [(-1, 3), (1, 3)],
    "max(z^2 - 2, 0)": [(-(2**0.5), None), (2**0.5, None)],
}


@pytest.mark.parametrize("formula", PIECES)
def test_kinks_are_found(formula: str) -> None:
    found = own_activation("bent", formula).kinks
    assert [k.at for k in found] == pytest.approx([at for at, _ in PIECES[formula]])
    for kink, (_, slope) in zip(found, PIECES[formula], strict=True):
        assert slope is None or kink.slope == pytest.approx(slope)


@pytest.mark.parametrize("formula", ["abs(z)", "max(z, -z, 1)", "where(z > 0, log(1 + z), z)"])
def test_pieces_are_derived_printed_read_back_and_emitted(formula: str) -> None:
    net = derive.network("2-3:pieced-2:pieced", activations={"pieced": formula}, cost="half-squared-error")
    assert check(net.notes()).exit_code == 0
    assert net.gradcheck().holds
    made: dict[str, Any] = {"__name__": "made"}
    exec(net.code("textbook"), made)
    theta = np.linspace(-1, 1, 17)
    X = np.array([(a, b) for a in (-1e4, -1.0, 0.0, 1.0, 1e4) for b in (-1e4, 0.3, 1e4)])
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(made["gradient"](theta, X, np.zeros((len(X), 2)))).all()


def test_a_cost_by_pieces() -> None:
    """With a kink where a = y, whose convention is said and computed."""
    net = derive.network("2-3:tanh-2", cost="mine", costs={"mine": "where(a > y, (a - y)^2 + a - y, 2*(y - a))"})
    told = net.notes()
    assert "at a border with the slope of the case that holds there" in told
    assert check(told).exit_code == 0
    assert net.gradcheck().holds
    made: dict[str, Any] = {"__name__": "made"}
    exec(net.code(), made)
    assert made["check_gradient"]() < 1e-8
    theta, X = np.linspace(-1, 1, 17), np.array([[0.3, -0.4]])
    of_last_bias = made["weights"](made["gradient"](theta, X, made["forward"](theta, X)))[-1][1]
    np.testing.assert_array_equal(of_last_bias, [-2, -2])
    with pytest.raises(DeriveError, match="jumps at a = 0 for y = 0"):
        own_cost("mine", "where(a > y, 1 + (a - y)^2, (a - y)^2)")


@pytest.mark.parametrize("formula", ["log(a - a)", "1/(y - y)", "log(-1 - a^2)", "y*log(y/a)", "y^2"])
def test_costs_that_are_defined_nowhere(formula: str) -> None:
    with pytest.raises(DeriveError, match=r"has no value|depend"):
        own_cost("mine", formula)


@pytest.mark.parametrize("formula", ["a", "3*a + y^2", "a*1"])
def test_costs_that_prefer_nothing(formula: str) -> None:
    with pytest.raises(DeriveError, match="the slope of the cost is"):
        own_cost("mine", formula)


@pytest.mark.parametrize("formula", ["2*z", "z + 1", "1 - z"])
def test_lines(formula: str) -> None:
    net = derive.network("2-2:line-2:line", activations={"line": formula})
    assert net.gradcheck().holds
    assert check(net.notes()).exit_code == 0


def test_notes_of_any_network_with_a_cost_of_ones_own() -> None:
    net = derive.network("general", cost="quartic", costs={"quartic": "(a - y)^4"})
    assert "quartic" in net.notes()


@pytest.mark.parametrize(
    "name",
    [
        *("", "a", "x" * 21, "be nt", "be\nnt", 'be"nt', "be'nt", "be\\nt", "be}nt", "be$nt", "bent2", "be-nt", "bént"),
        *("__class__", "lambda", "def", "match", "print", "exp", "sum", "sigmoid", "l2", "cross-entropy"),
        *("delta", "theta", "gradient", "np", "product", "hidden", "any"),
    ],
)
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(DeriveError, match=r"cannot be the name|is taken"):
        own_name("activation", name)


def test_no_name_of_emitted_code_is_free() -> None:
    """An activation becomes a function of the emitted file: nothing there may be called the same."""
    shown = (p.read_text(encoding="utf-8") for p in GENERATED.glob("*/network.py") if p.parent.name != "own")
    dropped = (derive.network(network, dropout=0.5).code() for network in ("general", "3-4-2"))
    for source in (*shown, *dropped):
        tree = ast.parse(source)
        for word in {word for node in ast.walk(tree) for word in _words(node)}:
            if re.fullmatch("[a-z]{2,20}", word):
                with pytest.raises(DeriveError):
                    own_name("activation", word)
    assert "theta" in CODE


def _words(node: ast.AST) -> list[str]:
    """The names that a node binds or reads."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.arg):
        return [node.arg]
    return [node.name] if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else []


# ---------------------------------------------------------------- formulas about a whole layer

OF_LAYERS = {
    "warm": "exp(z/2)/sum(exp(z/2))",
    "ball": "z/sqrt(sum(z^2) + 1)",
    "centred": "z - sum(z)/4",
    "surprise": "log(sum(exp(z))) - z",
}


@pytest.mark.parametrize("network", ["3-4:warm-3:ball", "3-4:centred-3:surprise", "3-2:surprise"])
def test_gradients_of_formulas_about_a_layer(network: str) -> None:
    """The full Jacobian: code of both styles against numeric derivatives, in the last layer and inside."""
    net = derive.network(network, cost="huber", activations=OF_LAYERS)
    for style in ("textbook", "training"):
        assert run(net.code(style)).check_gradient() < 1e-9


def test_a_diagonal_jacobian_goes_red() -> None:
    code = derive.network("3-4:ball", activations={"ball": OF_LAYERS["ball"]}).code()
    (line,) = (x for x in code.splitlines() if x.strip().startswith("Delta_1 ="))
    broken = re.sub(r"\.sum\(axis=1, keepdims=True\)", "", line)
    assert broken != line
    assert run(code.replace(line, broken)).check_gradient() > 1e-3


def test_an_own_softmax_is_a_softmax() -> None:
    """With a temperature it fuses with cross-entropy, and keeps its digits far out."""
    net = derive.network("3-3:warm", cost="cross-entropy", activations={"warm": OF_LAYERS["warm"]})
    made = run(net.code())
    theta = np.concatenate([np.eye(3), np.zeros((3, 1))], axis=1).ravel()
    X, Y = np.array([[1400.0, 0.0, -1400.0]]), np.array([[0.2, 0.3, 0.5]])
    assert made.cost(theta, X, Y) == pytest.approx(0.3 * 700 + 0.5 * 1400, rel=1e-12)
    np.testing.assert_allclose(made.input_gradient(theta, X, Y), [[0.4, -0.15, -0.25]], rtol=1e-12)


def test_notes_about_a_layer_are_read_back() -> None:
    net = derive.network("3-2:ball", activations={"ball": OF_LAYERS["ball"]})
    report = check_text(net.notes(), "notes.tex", explain=False)
    assert [v.text() for v in report.verdicts if v.verdict not in ("right", "definition")] == []


def test_a_cost_is_that_of_one_unit() -> None:
    with pytest.raises(DeriveError, match="the cost is that of one unit"):
        own_cost("mine", "(a - y)^2/sum(a)")
