"""Messages: the thing, the value, what was expected, the next move, and a caret where text was read."""

from __future__ import annotations

from derive.errors import WINDOW, DeriveError, Place, did_you_mean, quoted


def test_message_names_place_problem_expectation_and_remedy() -> None:
    error = DeriveError("bad width '0'", expected="1 or more", remedy="write 1", place=Place("net", 1, 4, "64-0"))
    assert str(error).splitlines() == [
        "net:1:4: bad width '0'",
        "    64-0",
        "       ^",
        "  expected: 1 or more",
        "  remedy: write 1",
    ]


def test_caret_of_a_long_line_stays_under_its_character() -> None:
    text = "a" * 500 + "!" + "b" * 500
    line, caret = Place("f", 1, 501, text).caret()
    assert line[caret.index("^")] == "!"
    assert len(line) <= WINDOW + 6


def test_control_characters_reach_no_terminal() -> None:
    assert "\x1b" not in str(DeriveError("x", place=Place("f", 1, 1, "a\x1b[31m\tb")))
    assert "\x1b" not in quoted("\x1b[31m")


def test_nothing_is_suggested_when_nothing_is_near() -> None:
    assert did_you_mean("qqqq", ["sigmoid", "tanh"]) == ""
    assert did_you_mean("SIGMOID", ["sigmoid", "tanh"]) == "did you mean 'sigmoid'?"
