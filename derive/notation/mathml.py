r"""LaTeX formulas as MathML, which browsers show without a script or a network: ``mathml(latex)``.

It works on the tokens that the reader uses, so what can be read can be shown.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from derive.notation.cursor import Cursor, cut, matching, top_level
from derive.notation.failures import SyntaxFailure
from derive.notation.greek import GREEK
from derive.notation.lexing import UNICODE, Source
from derive.notation.tokens import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from derive.notation.lexing import Macro

SIGNS = {
    **{command: sign for sign, command in UNICODE.items() if command.startswith("\\")},
    r"\{": "{", r"\}": "}", r"\top": "⊤", r"\|": "‖", "-": "−", "*": "∗", r"\dots": "…", r"\cdot": "·", r"\to": "→",
    r"\infty": "∞", r"\pm": "±", r"\forall": "∀", r"\otimes": "⊗", r"\equiv": "≡", r"\Rightarrow": "⇒", r"\circ": "∘",
}  # fmt: skip
ACCENTS = {r"\hat": "^", r"\bar": "¯", r"\tilde": "~", r"\vec": "→", r"\dot": "˙", r"\ddot": "¨", r"\check": "ˇ",
           r"\overline": "¯", r"\underline": "_"}  # fmt: skip
BIG = {r"\sum": "∑", r"\prod": "∏"}
STYLES = {"bf": ' style="font-weight:bold;font-style:normal"', "rm": ' mathvariant="normal"',
          "cal": ' style="font-family:cursive"', "bb": ' style="font-weight:bold"'}  # fmt: skip
LEFT = ' style="text-align:left"'
TO_THE_SIGN = ' style="text-align:right;padding-right:0"'
FROM_THE_SIGN = ' style="text-align:left;padding-left:0"'
DEEPEST = 60


def mathml(latex: str, macros: Mapping[str, Macro] | None = None, *, display: bool = True) -> str:
    """The formula as a ``math`` element; the LaTeX stands in its ``alttext``.

    Raises:
        ReadFailure: braces that do not match, or nested too deeply.
    """
    body = _Writer().row(tokens(Source(latex), macros))
    kind = ' display="block"' if display else ""
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{kind} alttext="{escape(latex)}">{body}</math>'


class _Writer:
    """Writes tokens; ``depth`` counts groups in groups."""

    def __init__(self) -> None:
        self.depth = 0

    def row(self, found: Sequence[Token], *, cases: bool = False) -> str:
        """A run of elements; with rows or columns in it a table."""
        found = [t for t in found if t.kind not in ("begin", "end") or t.text == "cases"]
        lines = [line for line in cut(found, frozenset({r"\\", r"\cr"})) if line]
        if len(lines) > 1 or any(found[j].text == "&" for j in top_level(found)):
            return self._table(lines, cases=cases)
        return self._run(found)

    def _table(self, lines: Sequence[Sequence[Token]], *, cases: bool) -> str:
        """Cases stand at the left; of lines of a derivation the columns meet at each ``&`` that has one before it."""
        rows = [[self._run(cell) for cell in cut(line, frozenset({"&"}))] for line in lines]
        sides = (LEFT, LEFT) if cases else (TO_THE_SIGN, FROM_THE_SIGN)
        cells = ["".join(f"<mtd{sides[n % 2]}>{c}</mtd>" for n, c in enumerate(row)) for row in rows]
        kind = "" if cases else ' displaystyle="true"'
        return f"<mtable{kind}>" + "".join(f"<mtr>{c}</mtr>" for c in cells) + "</mtable>"

    def _run(self, found: Sequence[Token]) -> str:
        if not found:
            return "<mrow></mrow>"
        self.depth += 1
        cursor = Cursor(found, found[-1].place)
        if self.depth > DEEPEST:
            raise SyntaxFailure(cursor.place, "a formula that is not nested too deeply", "")
        out = []
        while not cursor.done:
            out.append(self._scripted(cursor))
        self.depth -= 1
        return out[0] if len(out) == 1 else f"<mrow>{''.join(out)}</mrow>"

    def _scripted(self, cursor: Cursor) -> str:
        """An element with what stands above and below it."""
        big = cursor.text in BIG
        base = self._element(cursor)
        above, below = "", ""
        while cursor.text in ("^", "_", "'"):
            sign = cursor.text
            cursor.i += 1
            if sign == "'":
                above += "<mo>′</mo>"
            elif sign == "^":
                above += self._run(cursor.argument())
            else:
                below += self._run(cursor.argument())
        above, below = (f"<mrow>{x}</mrow>" if x else "" for x in (above, below))
        if above and below:
            name = "munderover" if big else "msubsup"
            return f"<{name}>{base}{below}{above}</{name}>"
        if above:
            return f"<msup>{base}{above}</msup>"
        name = "munder" if big else "msub"
        return f"<{name}>{base}{below}</{name}>" if below else base

    def _element(self, cursor: Cursor) -> str:
        token = cursor.token
        if token.text == "{" and token.kind == "sign":
            return self.row(cursor.bracketed())
        if token.kind == "begin":
            rows = self.row(cursor.bracketed(), cases=True)
            return f'<mrow><mo stretchy="true">{{</mo>{rows}</mrow>'
        if token.kind == "digit":
            return self._number(cursor)
        if token.text in ("(", "[") and (close := matching(cursor.tokens, cursor.i)) is not None:
            inner, shut = self._run(cursor.bracketed()), cursor.tokens[close]  # scripts behind belong to the whole
            return f"<mrow>{_leaf(token)}{inner}{_leaf(shut)}</mrow>"
        cursor.i += 1
        if token.text == r"\frac":
            return f"<mfrac>{self._run(cursor.argument())}{self._run(cursor.argument())}</mfrac>"
        if token.text == r"\sqrt":
            return f"<msqrt>{self._run(cursor.argument())}</msqrt>"
        return _accented(token, _leaf(token))

    def _number(self, cursor: Cursor) -> str:
        first = cursor.token
        run = [first]
        cursor.i += 1
        while not cursor.done and not cursor.token.spaced and (cursor.token.kind == "digit" or cursor.text == "."):
            run.append(cursor.token)
            cursor.i += 1
        if run[-1].text == "." and len(run) > 1:
            run.pop()
            cursor.i -= 1
        return _accented(first, f"<mn{STYLES.get(first.font, '')}>{''.join(t.text for t in run)}</mn>")


def _leaf(token: Token) -> str:
    text = token.text
    if token.kind == "gap":
        return '<mspace width="1.5em"/>'
    if token.kind == "text":
        return f"<mtext>&#160;{escape(text)}&#160;</mtext>"
    if token.kind == "symbol":
        letter = GREEK.get(text.removeprefix("\\"), text)
        style = STYLES.get(token.font, "")
        return f"<mi{style}>{escape(letter)}</mi>"
    if text in BIG:
        return f"<mo>{BIG[text]}</mo>"
    if text.startswith("\\") and text[1:].isalpha() and text not in SIGNS:
        return f'<mi mathvariant="normal">{escape(text[1:])}</mi>'
    sign = SIGNS.get(text, text)
    return f"<mo>{escape(sign)}</mo>"


def _accented(token: Token, made: str) -> str:
    for accent in reversed(token.accents):
        made = f'<mover accent="true">{made}<mo>{ACCENTS.get(accent, "^")}</mo></mover>'
    return made
