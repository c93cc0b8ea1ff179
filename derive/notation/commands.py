"""Tables of LaTeX commands: what each means to a reader of formulas."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FONTS = {
    **dict.fromkeys(_set(r"\mathbf \boldsymbol \bm \textbf \pmb \bf"), "bf"),
    **dict.fromkeys(
        _set(r"\mathrm \textrm \operatorname \operatorname* \mathsf \rm \mathit \textit \it \mathtt \sf"), "rm"
    ),
    **dict.fromkeys(_set(r"\mathcal \cal \mathscr \mathfrak"), "cal"),
    **dict.fromkeys(_set(r"\mathbb \mathbbm \mathds"), "bb"),
}
SWITCHES = _set(r"\bf \rm \it \cal \sf")
TEXT = _set(r"\text \mbox \textnormal \textup")
ACCENTS = _set(r"\hat \bar \tilde \vec \dot \ddot \check \overline \underline")
SAME = {
    r"\widehat": r"\hat", r"\widetilde": r"\tilde", r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\cfrac": r"\frac",
    r"\leq": r"\le", r"\geq": r"\ge", r"\neq": r"\ne", r"\gets": r"\leftarrow", r"\longleftarrow": r"\leftarrow",
    r"\rightarrow": r"\to", r"\longrightarrow": r"\to", r"\coloneqq": ":=", r"\ldots": r"\dots",
    r"\cdots": r"\dots", r"\vdots": r"\dots", r"\Vert": r"\|", r"\lVert": r"\|", r"\rVert": r"\|", r"\lvert": "|",
    r"\rvert": "|", r"\vert": "|", r"\mid": "|", r"\ast": "*", r"\intercal": r"\top", r"\lbrace": r"\{",
    r"\rbrace": r"\}", r"\lbrack": "[", r"\rbrack": "]", r"\colon": ":", r"\bigodot": r"\odot", r"\prime": "'",
    r"\dotsb": r"\dots", r"\dotsc": r"\dots",
}  # fmt: skip
SPACES = _set(
    r"\, \; \! \: \> \  \displaystyle \textstyle \limits \nolimits \nonumber \notag \strut \mathstrut \hfill ~ \par"
) | {"\\ "}
SIZES = _set(
    r"\left \right \middle \big \Big \bigg \Bigg \bigl \Bigl \biggl \Biggl \bigr \Bigr \biggr \Biggr \bigm \Bigm"
)
GAPS = _set(r"\quad \qquad")
DROPPED = _set(
    r"\intertext \shortintertext \tag \tag* \label \hspace \hspace* \vspace \phantom \vphantom \hphantom \color \eqno"
)
TRANSPARENT = _set(r"\boxed \mathop \mathbin \mathrel \mathord \ensuremath \displaylines \fbox \mathstrut")
BRACES = {r"\underbrace": "_", r"\overbrace": "^"}
STACKED = _set(r"\overset \underset \stackrel")
PLAIN_WORDS = _set(
    "if for where and or otherwise else with when so all let in on is of the each every denote define layer"
)
ELEMENTWISE = _set(r"\odot \circ \bullet * .*")
RELATIONS = {
    "=": "=", ":=": ":=", r"\equiv": ":=", r"\leftarrow": "<-", r"\to": "->", r"\le": "<=", r"\ge": ">=", "<": "<",
    ">": ">", r"\ne": "!=", r"\approx": "~", r"\propto": "propto", r"\in": "in", r"\triangleq": ":=", r"\doteq": ":=",
}  # fmt: skip
COMPARISONS = {"=": "==", r"\ne": "!=", r"\le": "<=", r"\ge": ">=", "<": "<", ">": ">"}
CLOSING = {"(": ")", "[": "]", "{": "}", r"\{": r"\}"}
TRANSPOSES = _set(r"T \top")
