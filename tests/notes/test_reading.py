"""What the notes print is read back by the parser as what was derived, and their settings are TOML."""

from __future__ import annotations

import re
import tomllib

import pytest

from derive.notation.latex import latex
from derive.notation.lexing import Source
from derive.notation.reading import Equation, read_display
from derive.notation.table import symbol_table
from derive.notes.document import Display, Group, Setting
from derive.notes.latex import block
from derive.notes.setting import setting_of
from derive.notes.story import Story
from tests.notes.networks import NAMES, all_derivations, network

READ = [(name, "lecture") for name in NAMES] + [("general", "lecture-matrix"), ("general", "lecture-index")]


def given_of(toml: str) -> frozenset[str]:
    """The lines of a setting; one with an assumption has more of them."""
    return frozenset(toml.splitlines())


def display_of(d: Display) -> str:
    """The display alone, without the sentence before it."""
    text = block(d)
    return text[text.index(r"\begin{align*}") :]


@pytest.mark.parametrize(("name", "notation"), READ)
def test_every_display_is_read_back(name: str, notation: str) -> None:
    chapter, spec = network(name)
    story = Story(chapter, spec, notation)
    sections = {given_of(setting_of(v.section, v.notation)): v for v in story.voices.values()}
    lines = {d.label: [d.steps[0].before, *(s.after for s in d.steps)] for d in all_derivations(chapter)}
    voice, count = None, 0
    for b in story.blocks():
        if isinstance(b, Setting):
            said = given_of(b.toml)
            voice = sections[max((given for given in sections if said >= given), key=len)]
        for d in b.displays if isinstance(b, Group) else [b] if isinstance(b, Display) else []:
            assert voice is not None
            found = read_display(Source(display_of(d)), symbol_table(voice.notation, voice.section.model))
            assert len(found) == 1
            (equation,) = found
            assert isinstance(equation, Equation), str(equation)
            expected = lines.get(d.label)
            if expected is not None and len(equation.members) == len(expected):
                assert [latex(m, voice.notation) for m in equation.members] == [voice.latex(e) for e in expected]
                count += 1
    assert count > len(lines) / 2


@pytest.mark.parametrize("name", NAMES)
def test_settings_are_toml_with_the_keys_of_the_format(name: str) -> None:
    chapter, spec = network(name)
    for voice in Story(chapter, spec, "lecture").voices.values():
        read = tomllib.loads(setting_of(voice.section, voice.notation))
        assert read["fresh"] is True
        assert set(read) <= {"fresh", "layers", "given", "functions", "shapes", "conventions"}
        statements = [line.strip() for line in read["given"].splitlines() if line.strip()]
        assert all(re.search(r"(?<![<>])=", s) for s in statements)


def test_the_setting_of_the_general_network() -> None:
    chapter, spec = network("general")
    voice = Story(chapter, spec, "lecture").voices["matrix"]
    read = tomllib.loads(setting_of(voice.section, voice.notation))
    assert read["layers"] == "l = 0..L"
    assert r"\mathbf W^l = w^l" in read["given"]
    assert r"\delta^l_k = \frac{\partial J}{\partial z^l_k}" in read["given"]
    assert r"a^0_k = x_k" in read["given"]
    assert read["functions"] == {"f_l": "any", "C": "any cost"}
    assert read["shapes"][r"\mathbf W^l"] == r"n_l x n_{l-1}"


def test_a_layer_with_a_function_of_its_own_is_told_by_its_number() -> None:
    chapter, spec = network("3-5:relu-4:relu-2:softmax")
    voice = Story(chapter, spec, "lecture").voices["index"]
    given = tomllib.loads(setting_of(voice.section, voice.notation))["given"]
    assert r"a^l_k = \mathrm{ReLU}(z^l_k)" in given
    assert r"a^3_k = " in given
