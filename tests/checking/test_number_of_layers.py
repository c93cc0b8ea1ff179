"""How many layers there are: a letter, a number, or a letter that stands for a number."""

from __future__ import annotations

import pytest

from derive.checking import check_text
from derive.checking.naming.names import read_layers

OUTPUT, SLIP = r"dZ^{[2]} = A^{[2]} - Y", r"dZ^{[2]} = A^{[2]} + Y"
HIDDEN = r"dZ^{[1]} = W^{[2]T} dZ^{[2]} * g^{[1]\prime}(Z^{[1]})"
BY_LETTER = r"dZ^{[L-1]} = W^{[L]T} dZ^{[L]} * g^{[L-1]\prime}(Z^{[L-1]})"
SAYS = ["layers = 'l = 0..2'", "layers = 'l = 0..L = 2'", "given = 'L = 2'"]


def judged(says: str, *equations: str) -> list[tuple[str, str]]:
    page = f"<!-- derive:\npreset = 'ng'\n{says}\n-->\n" + "\n".join(f"$$ {tex} $$" for tex in equations)
    return [(v.verdict, v.judgement.reason) for v in check_text(page, "page.md").verdicts]


@pytest.mark.parametrize("says", SAYS)
def test_a_book_s_network_of_two_layers(says: str) -> None:
    """The lines of the preset speak of layer L; the page of layers 1 and 2, or of L all the same."""
    found = [word for word, _ in judged(says, OUTPUT, HIDDEN, BY_LETTER, SLIP)]
    assert found == ["right", "right", "right", "wrong"]


def test_a_page_of_two_layers_is_not_wrong_because_nobody_said_so() -> None:
    (word, why), (slip, _), (hidden, _) = judged("", OUTPUT, SLIP, HIDDEN)
    assert (word, why) == ("cannot_tell", "right if L = 2: add this line to given")
    assert slip == "wrong"
    assert hidden == "right", "it holds for any number of layers"


def test_the_letter_of_the_last_layer_has_its_number() -> None:
    layers = read_layers("l = 0..L = 3")
    assert layers is not None
    assert [str(layers.position(text)) for text in ("L", "L-1", "2")] == [
        str(layers.position(text)) for text in ("3", "2", "2")
    ]
    assert layers.position("M") is None
