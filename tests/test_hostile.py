"""Hostile input at every entrance: one message, exit 2, nothing executed, nothing written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import derive
from derive import cli
from derive.errors import DeriveError

PYTHON = "__import__('pathlib').Path('executed').touch()"
FORMULAS = {
    "python": PYTHON,
    "open": "open('executed', 'w')",
    "lambda": "(lambda: z)()",
    "attribute": "z.__class__",
    "dunder": "__z__",
    "parentheses": "(" * 20_000 + "z" + ")" * 20_000,
    "open parentheses": "(" * 20_000,
    "signs": "-" * 20_000 + "z",
    "calls": "exp(" * 5_000 + "z" + ")" * 5_000,
    "terms": "z+" * 50_000 + "z",
    "tower": "9^9^9^9*z",
    "digits": "9" * 20_000 + "*z",
    "nan": "nan*z",
    "infinity": "inf*z",
    "overflow": "1e999*z",
    "zero": "z/0",
    "hidden zero": "z/(z - z)",
    "line": "z\n+ 1; import os",
    "quotes": "z'\"",
    "latex": r"\input{/etc/passwd}",
    "template": "{{ 7*7 }} z",
    "null": "z\0",
    "empty": "",
    "statements": "z; z",
    "comprehension": "[z for z in z]",
    "comment": "z # x",
    "text": "f'{z}'",
    "walrus": "(z := 1)",
    "power": "z**2",
    "other letter": "q*z",
    "direction": "z\u202e+1",
}
NAMES = [
    "__class__",
    "import",
    "a b",
    "a\nb",
    "a'b",
    'a"b',
    "a}b",
    r"\evil",
    "x" * 1000,
    "exp",
    "tanh",
    "self",
    "W",
    "",
]
NETWORKS = [
    "x" * 100_000,
    "1-1:evil\n",
    "3-2:'; import os",
    "1-2:__class__",
    "9" * 50,
    "\0",
    "3-2:{{7}}",
    r"3-2:\input{x}",
    "../../etc/passwd",
    "/dev/zero",
    "",
    "-".join(["3"] * 50_000) + ":",
]
PENALTIES = [
    "nan",
    "l2",
    "l2=nan",
    "l2=-1",
    "l2=inf",
    "l2=1e999",
    "l2=abc",
    "l2=",
    "l2=1;x",
    "__class__=1",
    "",
    "l2=1j",
]
TEXTS = ["__class__", "a\nb", "'; import os", "", r"\x", "x" * 10_000, "../../etc/passwd", "/dev/zero", "\0"]
NETWORK = 'inputs = 3\nlayers = [{ width = 2, activation = "tanh" }]\n'
FILES: dict[str, bytes | str] = {
    "binary": bytes(range(256)) * 50,
    "program": b"\x7fELF" + b"\0\xff" * 500,
    "utf-16": NETWORK.encode("utf-16"),
    "null": b"inputs = 3\0",
    "empty": "",
    "brackets": "a = " + "[" * 100_000,
    "dots": "a = " + "{b=" * 3000,
    "digits": "inputs = " + "9" * 10_000,
    "bool": "inputs = true\nlayers = []",
    "nan": "inputs = nan\nlayers = []",
    "date": "inputs = 2020-01-01\nlayers = []",
    "width": 'inputs = 3\nlayers = [{ width = 99999999999999999999, activation = "tanh" }]',
    "key": NETWORK + "colour = 1",
    "twice": NETWORK + "inputs = 4",
    "negative penalty": NETWORK + "penalty = { l2 = -1 }",
    "nan penalty": NETWORK + "penalty = { l2 = nan }",
    "bool penalty": NETWORK + "penalty = { l2 = true }",
    "factor": NETWORK + 'penalty = { l2 = 1, factor = "x\\n" }',
    "cost": NETWORK + f'cost = "{PYTHON}"',
    "optimiser": NETWORK + "optimisers = [1]",
    "line in a name": NETWORK + '[activations."a\\nb"]\nformula = "z"',
    "quote in a name": NETWORK + '[activations."a\'b"]\nformula = "z"',
    "derivative": NETWORK + '[activations.bent]\nformula = "z + z^3/9"\nderivative = "1"',
    "number": NETWORK + "[activations.bent]\nformula = 1",
    "formula": NETWORK + f'[activations.bent]\nformula = "{PYTHON}"',
    "deep formula": NETWORK + f'[activations.bent]\nformula = "{FORMULAS["parentheses"]}"',
}
SETTINGS: dict[str, bytes | str] = {
    "binary": bytes(range(256)) * 20,
    "brackets": "a = " + "[" * 100_000,
    "digits": "layers = " + "9" * 10_000,
    "key": "colour = 1",
    "type": "given = 1",
    "python": f"given = '''\nz = {PYTHON}\n'''",
    "parentheses": "given = '''\na = " + "(" * 20_000 + "x" + ")" * 20_000 + "\n'''",
    "braces": "given = '''\na = " + r"\frac{1}{" * 5000 + "1" + "}" * 5000 + "\n'''",
    "function": "given = '''\nz = f(x)\n'''\n[functions]\n'f' = '__import__'",
    "size": "given = '''\nz = W x\n'''\n[shapes]\n'W' = '" + "9" * 5000 + "'",
    "preset": "preset = '../../../etc/passwd'",
    "null": b"given = '\0'",
}
STUDENTS: dict[str, bytes | str] = {
    "binary": bytes(range(256)),
    "syntax": "def (",
    "exit": "import sys; sys.exit(0)",
    "late exit": "def gradient(t, X, Y): raise SystemExit(0)",
    "interrupt": "raise KeyboardInterrupt",
    "none": "x = 1",
    "number": "gradient = 3",
    "error": "def gradient(t, X, Y): raise ValueError('boom\\n' * 1000)",
    "text": "def gradient(t, X, Y): return 'x'",
    "shape": "def gradient(t, X, Y): return t[:3]",
    "object": "def gradient(t, X, Y): return object()",
    "recursion": "def gradient(t, X, Y): return gradient(t, X, Y)",
}

Refused = Callable[..., str]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs the entry point and looks at all that must hold; the message."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> str:
        before = sorted(tmp_path.iterdir())
        monkeypatch.setattr(sys, "argv", ["derive", *arguments])
        with pytest.raises(SystemExit) as left:
            cli.main()
        captured = capsys.readouterr()
        assert left.value.code == 2, captured.err[-2000:]
        assert not captured.out
        assert "Traceback" not in captured.err
        assert captured.err.count("derive: ") == 1
        assert len(captured.err) < 2500
        assert sorted(tmp_path.iterdir()) == before
        return captured.err

    return call


def put(folder: Path, name: str, content: bytes | str) -> str:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


# ---------------------------------------------------------------- the command line


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
def test_formulas(refused: Refused, formula: str) -> None:
    assert "activation" in refused("notes", "2-2:own-1", "--activation", f"own={formula}") or formula != ""
    refused("code", "2-2", "--cost", "own=" + formula.replace("z", "a"))


@pytest.mark.parametrize("name", NAMES, ids=lambda n: repr(n[:10]))
def test_names(refused: Refused, name: str) -> None:
    refused("code", f"2-2:{name}-1", "--activation", f"{name}=z + z^3/9")
    refused("notes", "2-2", "--cost", f"{name}=(a - y)^4")


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: repr(n[:10]))
@pytest.mark.parametrize("command", ["notes", "code", "gradcheck"])
def test_networks(refused: Refused, command: str, network: str) -> None:
    refused(command, "--", network)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_penalties(refused: Refused, penalty: str) -> None:
    refused("code", "3-2", "--penalty", penalty)


@pytest.mark.parametrize("text", TEXTS, ids=lambda t: repr(t[:10]))
def test_names_of_optimisers_notations_and_files(refused: Refused, text: str) -> None:
    refused("code", "3-2", "--optimiser", text)
    refused("notes", "3-2", "--notation", text)
    refused("gradcheck", "3-2", "--against", text)
    refused("check", text or "no such page.md")


def test_an_unknown_notation_is_refused_before_anything_is_derived(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("derive.derivation.chapter.derive_chapter", lambda *_: pytest.fail("derived"))
    assert "did you mean 'lecture'?" in refused("notes", "3-2", "--notation", "lectur")


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_network_files(refused: Refused, tmp_path: Path, content: bytes | str) -> None:
    name = put(tmp_path, "net.toml", content)
    assert "net.toml" in refused("notes", name)


@pytest.mark.parametrize("content", SETTINGS.values(), ids=SETTINGS)
def test_settings(refused: Refused, tmp_path: Path, content: bytes | str) -> None:
    page = put(tmp_path, "page.md", "$$ z = x $$\n")
    refused("check", page, "--setting", put(tmp_path, "setting.toml", content))


@pytest.mark.parametrize("content", STUDENTS.values(), ids=STUDENTS)
def test_files_of_students(refused: Refused, tmp_path: Path, content: bytes | str) -> None:
    assert "mine.py" in refused("gradcheck", "2-2:tanh", "--against", put(tmp_path, "mine.py", content))


def test_checked_in_output_that_is_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not UTF-8 differs; it is no fault of the comparison."""
    from derive import pipeline

    monkeypatch.setattr(pipeline, "generated", lambda: iter([("a.txt", "text\n")]))
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00")
    assert any("text" in line for line in pipeline.stale(tmp_path))


# ---------------------------------------------------------------- Python


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
def test_formulas_from_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, formula: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DeriveError):
        derive.network("2-2:own-1", activations={"own": formula})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", NAMES, ids=lambda n: repr(n[:10]))
def test_names_from_python(name: str) -> None:
    with pytest.raises(DeriveError):
        derive.network("2-2", costs={name: "(a - y)^4"}, cost=name)


@pytest.mark.parametrize(
    "given",
    [
        {"penalty": {"l2": float("nan")}},
        {"penalty": {"l2": -1}},
        {"penalty": {"l2": True}},
        {"penalty": {"l2": "1"}},
        {"penalty": {}},
        {"penalty": {1: 2}},
        {"penalty": [1]},
        {"penalty": 3},
        {"cost": 3},
        {"cost": ["huber"]},
        {"optimisers": [1]},
        {"optimisers": "sgd"},
        {"activations": {"own": 3}},
        {"activations": {3: "z"}},
        {"activations": "z"},
        {"costs": {"own": None}},
    ],
    ids=str,
)
def test_wrong_types_from_python(given: dict[str, object]) -> None:
    with pytest.raises(DeriveError):
        derive.network("2-2", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [None, 3, b"2-2", ["2-2"], float("nan")], ids=str)
def test_networks_that_are_no_text(text: object) -> None:
    with pytest.raises(DeriveError):
        derive.network(text)  # type: ignore[arg-type]
