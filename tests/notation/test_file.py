"""Notations of one's own from files: what they change, what is refused, and that notes in them are read back."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive import pipeline
from derive.checking import check_text
from derive.errors import DeriveError
from derive.notation.file import read_notation_file

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "notations" / "course.toml"
NETWORK = "2-2:sigmoid-1:identity"


def written(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("network", [NETWORK, "1-1:sigmoid"])
def test_notes_in_a_notation_of_ones_own_are_read_back(network: str) -> None:
    notes = pipeline.network(network).notes(notation=str(EXAMPLE))
    for letters in (r"\varepsilon", r"\alpha", r"\mathcal L", r"g'(z", "^{(1)}" if "2" in network else "_1"):
        assert letters in notes
    assert r"\delta" not in notes
    report = check_text(notes, "notes.tex", explain=False)
    assert [v.text() for v in report.verdicts if v.verdict not in ("right", "definition")] == []


def test_letters_make_room() -> None:
    own = read_notation_file(str(EXAMPLE)).notation()
    assert [own.letter(x) for x in "lmkij"] == ["m", "l", "i", "k", "j"]


def test_the_file_of_the_documentation(tmp_path: Path) -> None:
    shown = (ROOT / "docs" / "notations.md").read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    own = read_notation_file(written(tmp_path, shown)).notation()
    assert (own.layer_slot, own.quantities["w"].matrix) == ("superscript-parentheses", r"\mathbf\Omega")
    assert own.for_chains is not None
    assert own.for_chains.quantities["delta"].entry == r"\varepsilon"


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("bases = 'lecture'", "1:1", "did you mean 'base'?"),
        ("base = 'lectur'", "1:1", "did you mean 'lecture'?"),
        ("base = 3", "1:1", "base is '3'"),
        ("\nlayer_slot = 'above'", "2:1", "layer_slot is 'above'"),
        ("elementwise = '+'", "1:1", "elementwise is '+'"),
        ("[quantities]\n\ndelt = 'd'", "3:1", "did you mean 'delta'?"),
        ("[functions]\nsigmod = 'g'", "2:1", "did you mean 'sigmoid'?"),
        ("[letters]\nll = 'm'", "2:1", "unknown letter 'll'"),
        ("quantities = 3", "1:1", "quantities is '3'"),
        ("[quantities]\ndelta = 3", "2:1", "delta is '3'"),
        ("[quantities]\ndelta = ''", "2:1", "how it is written"),
        ("[quantities]\ndelta = { column = 'd' }", "2:1", "delta has no entry"),
        ("[quantities]\ndelta = { entry = 'd', slots = 'x' }", "2:24", "did you mean 'slot'?"),
        ("[quantities]\nw = { entry = 'w', order = [2] }", "2:20", "order is '[2]'"),
        ("[quantities]\nw = { entry = 'w', shift = true }", "2:20", "shift is 'True'"),
        ("[quantities]\ndelta = 'e'", "2:1", "e is the base of exponentials"),
        ("[quantities]\ndelta = 'z'", "2:1", "both written z"),
        ("[quantities]\ndelta = 'k'", "2:1", "'k' numbers layers, units, samples or iterations already"),
        ("[letters]\nl = 'j'\nj = 'j'", "2:1", "'j' and 'l' are both written j"),
        ("base = 'lecture", "1:", "no TOML"),
        *(
            (f"[quantities]\ndelta = '{hostile}'", "2:1", said)
            for hostile, said in (
                (r"\input{x}", "the command"),
                (r"\write18", "the command"),
                (r"\def\x{y}", "the command"),
                ("$x$", "cannot be written"),
                ("a%b", "cannot be written"),
                ("a}b{", "cannot be written"),
                (r"a\\b", "cannot be written"),
                ("a" * 100, "how it is written"),
            )
        ),
    ],
)
def test_what_a_file_says_wrongly(tmp_path: Path, text: str, place: str, said: str) -> None:
    path = written(tmp_path, text)
    net = pipeline.network(NETWORK)
    with pytest.raises(DeriveError) as error:
        net.notes(notation=path)
    assert f"mine.toml:{place}" in str(error.value)
    assert said in str(error.value)
    assert "chapter" not in vars(net), "refused before anything is derived"


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(DeriveError, match="does not exist"):
        pipeline.network(NETWORK).notes(notation="nowhere.toml")
