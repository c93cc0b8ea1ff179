"""The right equation derived by the engine in the author's letters; what it derives wrongly is told as our fault."""

from __future__ import annotations

from functools import partial

import pytest

from derive.algebra.tree import Expr, Fn, Pow, mul
from derive.checking import check_text
from derive.checking.deriving.answers import Answers
from derive.checking.explaining import Derived
from derive.checking.explaining.explanation import Explanation
from derive.checking.judging import Judge
from derive.checking.reading import Written, written
from derive.checking.setting import Setting, from_preset, from_toml
from derive.checking.understanding import understand
from derive.derivation.rules import FunctionRule, Inner, PowerRule, Rules
from derive.derivation.ruleset import EngineRules
from derive.notation.lexing import Source

TOY = r"""
given = '''
  u = a x + b
  v = \sin(u)
  w = e^{c v}
  E = (w - t)^2
'''
[conventions]
vectors = 'scalars'
"""
ROWS = r"""
layers = 't = 0..T'
given = '''
  \mathbf s_t = \mathbf h_{t-1} \mathbf V_t + \mathbf c_t
  \mathbf h_t = g_t(\mathbf s_t)
  \mathbf h_0 = \mathbf u
  \ell = \frac12 \|\mathbf h_T - \mathbf r\|^2
  \mathbf q_t = \frac{\partial \ell}{\partial \mathbf s_t}
'''
[functions]
'g_t' = 'any'
[conventions]
vectors = 'rows'
"""
SHARED = r"""
given = '''
  p = \tanh(k x)
  q = \tanh(k p)
  E = (q - t)^2
'''
[conventions]
vectors = 'scalars'
"""
WRONG = {
    "nielsen": [r"\delta^l = 3", r"\delta^L = \nabla_a C", r"\frac{\partial C}{\partial w^l_{jk}} = 0"],
    "ng": [r"dZ^{[L]} = Y", r"dW^{[l]} = dZ^{[l]}", r"dA^{[l-1]} = W^{[l]} dZ^{[l]}"],
    "mitchell": [r"\delta_h = o_h", r"\delta_k = t_k - o_k", r"\Delta w_{ji} = \eta x_{ji}"],
    "mackay": [r"g_j = 0", r"\frac{\partial M}{\partial w_j} = \alpha"],
    "lecture_index": [r"\delta^l_k = 0", r"\frac{\partial J}{\partial a^l_k} = \delta^l_k"],
    "udl": [r"\frac{\partial \ell_i}{\partial \mathbf \Omega_k} = 0"],
    TOY: [r"\frac{dE}{da} = 2(w - t) c \cos(u) x", r"\frac{\partial w}{\partial u} = w"],
    ROWS: [r"\mathbf q_t = \mathbf V_{t+1} \mathbf q_{t+1}", r"\frac{\partial \ell}{\partial \mathbf V_t} = 0"],
    SHARED: [r"\frac{\partial E}{\partial k} = 2 (q - t) (1 - q^2) p", r"\frac{\partial q}{\partial k} = p"],
}
"""Wrong equations that are so far off that no repair is near."""


def setting(text: str) -> Setting:
    return from_toml(text, "setting") if "\n" in text else from_preset(text)


def equation(latex: str) -> Written:
    (found,) = written(Source(latex), {})
    assert isinstance(found, Written)
    return found


def sides(text: str) -> tuple[str, str]:
    left, _, right = text.partition(" = ")
    return left, right


@pytest.mark.parametrize("text", WRONG, ids=["toy" if "sin" in k else k[:20].strip() for k in WRONG])
def test_the_engine_derives_the_right_equation_in_the_letters_of_the_setting(text: str) -> None:
    judge = Judge(understand(setting(text)))
    engine = Derived(judge)
    for latex in WRONG[text]:
        w = equation(latex)
        assert judge.judge(w).verdict == "wrong"
        right = Explanation(judge, w, 1, ()).derived(engine)
        left, found = sides(right)
        assert found, latex
        assert left not in found
        assert judge.judge(equation(right)).verdict == "right"
    assert not engine.faults


def test_nothing_is_derived_where_the_number_of_examples_counts_layers() -> None:
    page = r"$$ dW^{[m]} = dZ^{[l]} A^{[l-1]T} $$ $$ db^{[m]} = \sum_i dZ^{[m](i)} $$"
    report = check_text(page, "page.md", from_preset("ng"))
    assert report.fault == ""
    assert not {v.verdict for v in report.verdicts} & {"right", "definition"}
    assert not any(v.judgement.right_by == "derivation" for v in report.verdicts)


@pytest.mark.parametrize("left", [r"\delta_k / 0", r"\delta_k /0/0/0", r"\frac{\delta_k}{0}"])
def test_nothing_is_derived_for_what_is_divided_by_0(left: str) -> None:
    (verdict,) = check_text(f"$$ {left} = o_k (1 - o_k) (t_k - o_k) $$", "page.md", from_preset("mitchell")).verdicts
    assert verdict.verdict in ("wrong", "cannot_tell")
    assert verdict.judgement.right_by != "derivation"


def test_a_forward_equation_gets_its_line_of_the_setting() -> None:
    judge = Judge(understand(from_preset("nielsen")))
    right = Explanation(judge, equation(r"z^l = w^l a^l + b^l"), 1, ()).derived(Derived(judge))
    assert judge.judge(equation(right)).verdict == "definition"


def test_letters_of_the_left_side_are_not_caught_by_sums_of_the_engine() -> None:
    text = "given = '''\n  s_i = \\frac{e^{u_i}}{\\sum_j e^{u_j}}\n'''\n"
    for i, k in ("ik", "pq", "qi"):
        (verdict,) = check_text(
            rf"$$ \frac{{\partial s_{i}}}{{\partial u_{k}}} = s_{i} $$", "page.md", from_toml(text, "setting")
        ).verdicts
        assert verdict.verdict == "wrong"
        assert verdict.judgement.right_by == "derivation"


def test_where_the_engine_cannot_the_repair_is_shown_and_said_to_be_one() -> None:
    text = "given = '''\n  z = W x\n  a = \\psi(z)\n  C = \\frac12 \\|a - y\\|^2\n'''\n"
    text += "[functions]\n'\\psi' = 'any map'\n[conventions]\nvectors = 'columns'\n"
    latex = (
        r"\frac{\partial C}{\partial a} = y - a",
        r"\frac{\partial C}{\partial W} = x (\frac{\partial C}{\partial z})^T",
    )
    page = "\n".join(f"$$ {tex} $$" for tex in latex)
    found = [v.to_json() for v in check_text(page, "page.md", from_toml(text, "setting")).verdicts]
    assert [v["verdict"] for v in found] == ["wrong", "wrong"]
    assert [v["right_by"] for v in found] == ["derivation", "repair"]


# ---------------------------------------------------------------- broken on purpose


class NoTwo(PowerRule):
    """(u^2)' = u u'."""

    def __call__(self, expr: Pow, wrt: Expr, inner: Inner) -> Expr:
        return mul(expr.base, inner(expr.base))


class NoPrime(FunctionRule):
    """f(u)' = f(u) u'."""

    def __call__(self, expr: Fn, wrt: Expr, inner: Inner) -> Expr:
        return mul(Fn(expr.name, expr.args, expr.slots, expr.order), inner(expr.args[0]))


BROKEN = {
    "power": (TOY, r"\frac{\partial E}{\partial w} = 2 (w - t)", EngineRules(Rules(power=NoTwo()))),
    "function": ("nielsen", r"\delta^L = \nabla_a C \odot \sigma'(z^L)", EngineRules(Rules(function=NoPrime()))),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_derived_wrongly_is_told_as_a_fault_of_derive(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, latex, rules = BROKEN[name]
    page = f"$$ {latex} $$"
    assert [v.verdict for v in check_text(page, "page.md", setting(text)).verdicts] == ["right"]
    monkeypatch.setattr("derive.checking.explaining.derived.Answers", partial(Answers, rules=rules))
    report = check_text(page, "page.md", setting(text))
    assert [v.verdict for v in report.verdicts] == ["cannot_tell"]
    assert "a fault of derive" in report.verdicts[0].judgement.reason
    assert "fault" in report.verdicts[0].to_json()
    assert "definition" in report.fault


def test_a_wrong_answer_is_never_shown() -> None:
    judge = Judge(understand(from_preset("nielsen")))
    engine = Derived(judge)
    engine.answers = Answers(judge.understood, EngineRules(Rules(function=NoPrime())))
    assert not Explanation(judge, equation(r"\delta^L = \nabla_a C"), 1, ()).derived(engine)
    assert engine.faults
