"""The command line: what it prints, where it writes, what it answers to bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from derive import cli, gallery, pipeline, writing
from derive.data.activations import ACTIVATIONS
from derive.data.costs import COSTS
from derive.data.optimisers import OPTIMISERS
from derive.data.penalties import PENALTIES
from derive.derivation.chapter import derive_chapter

ROOT = Path(__file__).parents[1]
SMALL = "2-2:tanh"


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]
once = lru_cache(derive_chapter)


@pytest.fixture(autouse=True)
def _derived_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process; the tests below that start another derive anew."""
    monkeypatch.setattr("derive.derivation.chapter.derive_chapter", once)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The entry point itself, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["derive", *arguments])
        with pytest.raises(SystemExit) as left:
            cli.main()
        captured = capsys.readouterr()
        code = left.value.code
        assert code is None or isinstance(code, int)
        return Outcome(code or 0, captured.out, captured.err)

    return call


def subprocess_run(*command: str, cwd: Path) -> Outcome:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, *command], cwd=cwd, env=environment, capture_output=True, check=False, timeout=60
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def derive(*arguments: str, cwd: Path) -> Outcome:
    """As the installed command starts it."""
    return subprocess_run("-c", "from derive.cli import main; main()", *arguments, cwd=cwd)


def refused(outcome: Outcome, *words: str) -> None:
    """One message, exit 2, nothing on standard output."""
    assert outcome.code == 2, outcome.err
    assert not outcome.out
    assert "Traceback" not in outcome.err
    assert outcome.err.startswith("derive: ")
    assert outcome.err.count("derive: ") == 1
    assert "expected: " in outcome.err
    assert len(outcome.err) < 2000
    for word in words:
        assert word in outcome.err


# ---------------------------------------------------------------- help and lists


COMMANDS = ("notes", "code", "check", "gradcheck", "list", "demo", "regenerate")


def test_help() -> None:
    shown = CliRunner().invoke(cli.cli, ["--help"])
    assert shown.exit_code == 0
    assert all(f"\n  {command}" in shown.output for command in COMMANDS)
    assert CliRunner().invoke(cli.cli, ["-h"]).output == shown.output


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command: str) -> None:
    shown = CliRunner().invoke(cli.cli, [command, "--help"])
    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: cli {command}")


def test_help_needs_neither_sympy_nor_numpy(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom derive.cli import main\n"
        "try: main()\nexcept SystemExit: print(sorted({'sympy', 'numpy', 'jinja2'} & set(sys.modules)))"
    )
    shown = subprocess_run("-c", code, "--help", cwd=tmp_path)
    assert shown.out.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments", [(), ("nope",), ("notes",), ("list", "nope"), ("notes", SMALL, "--format", "nope")]
)
def test_unknown_commands_and_options(run: Run, arguments: tuple[str, ...]) -> None:
    shown = run(*arguments)
    assert (shown.code, shown.out) == (2, "")
    assert shown.err.startswith("Usage: derive")
    assert "Traceback" not in shown.err


NAMES: dict[str, tuple[str, ...]] = {
    "networks": gallery.names(),
    "activations": ACTIVATIONS.names,
    "costs": COSTS.names,
    "penalties": PENALTIES.names,
    "optimisers": OPTIMISERS.names,
    "schedules": ("constant", "step", "cosine", "1cycle"),
    "parts": ("check", "estimator", "shell"),
    "notations": ("lecture", "lecture-chain", "lecture-index", "lecture-matrix"),
}


@pytest.mark.parametrize("kind", cli.KINDS)
def test_list(kind: str) -> None:
    shown = CliRunner().invoke(cli.cli, ["list", kind])
    assert shown.exit_code == 0
    assert tuple(line.split()[0] for line in shown.output.splitlines()) == NAMES[kind]


@pytest.mark.parametrize("kind", cli.KINDS)
def test_list_as_data(kind: str) -> None:
    shown = CliRunner().invoke(cli.cli, ["list", kind, "--json"])
    rows = json.loads(shown.output)
    assert tuple(row["name"] for row in rows) == NAMES[kind]
    assert all(row["reading"] for row in rows)
    assert all(row["formula"] for row in rows) or kind == "notations"
    assert all(isinstance(value, str) for row in rows for value in row.values())


def test_list_shows_the_formula() -> None:
    shown = CliRunner().invoke(cli.cli, ["list", "activations"])
    assert "sigmoid 1/(1 + exp(-z)) (sigmoid)" in [" ".join(line.split()) for line in shown.output.splitlines()]


# ---------------------------------------------------------------- bad input


LONG = "9" * 31
BAD: dict[str, tuple[str, tuple[str, ...]]] = {
    "width 0": ("3-0", ("width 0", "1 or more")),
    "negative width": ("3--1", ("negative",)),
    "double hyphen": ("3--4", ("negative",)),
    "width 1.5": ("3-1.5", ("'1.5' is no whole number",)),
    "a power": ("10^30-2", ("no whole number",)),
    "a huge width": (f"{LONG}-2", ("too large",)),
    "too many parameters": ("999999-999999", ("too many",)),
    "too many layers": ("-".join(["1"] * 10_002), ("10001 layers are too many",)),
    "empty": ("", ("empty",)),
    "blank": (" \t", ("empty",)),
    "one width": ("3", ("at least one layer",)),
    "a hyphen at the end": ("3-", ("width is missing",)),
    "an unknown activation": ("3-2:sigmiod", ("'sigmiod'", "did you mean 'sigmoid'?")),
    "an activation far from all": ("3-2:qqqq", ("derive list activations",)),
    "no activation": ("3-2:", ("no activation after the colon",)),
    "an activation of the input": ("3:relu-2", ("input has no activation",)),
    "an unknown network": ("two-nod", ("did you mean 'two-node'?",)),
    "a line break": ("two\nnode", ("'two\\nnode'",)),
    "quotes": ("'\"'", ("there is no network",)),
    "a null byte": ("3-\0", ("'\\x00'",)),
    "a null byte in a name": ("a\0b", ("'a\\x00b'",)),
    "an escape sequence": ("3-2:\x1b[31m", ("\\x1b",)),
    "a very long name": ("x" * 100_000, ("there is no network",)),
    "a very long width": ("3-" + "x" * 100_000, ("no whole number",)),
    "other digits": ("３-２", ("no whole number",)),
    "half a character": ("3-\udce9", ("\\udce9",)),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("command", ["notes", "code", "gradcheck"])
def test_bad_network(run: Run, tmp_path: Path, command: str, name: str) -> None:
    text, words = BAD[name]
    output = () if command == "gradcheck" else ("-o", "out")
    refused(run(command, text, *output), *words)
    assert not list(tmp_path.iterdir())


OPTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "a cost that does not fit": (("3-2", "--cost", "cross-entropy"), ("does not fit", "half-squared-error")),
    "softmax and binary": (("3-2:softmax", "--cost", "binary-cross-entropy"), ("does not fit", "compete")),
    "a cost for a named network": (("regression", "--cost", "cross-entropy"), ("does not fit",)),
    "an unknown cost": ((SMALL, "--cost", "cros-entropy"), ("did you mean 'cross-entropy'?",)),
    "an empty cost": ((SMALL, "--cost", ""), ("unknown cost ''",)),
    "nan": ((SMALL, "--penalty", "l2=nan"), ("cannot be nan",)),
    "infinite": ((SMALL, "--penalty", "l2=1e999"), ("cannot be inf",)),
    "negative": ((SMALL, "--penalty", "l2=-1"), ("cannot be -1",)),
    "garbage": ((SMALL, "--penalty", "l2=x"), ("'x' is no number",)),
    "no strength": ((SMALL, "--penalty", "l2"), ("no strength",)),
    "no penalty": ((SMALL, "--penalty", ""), ("empty",)),
    "no name": ((SMALL, "--penalty", "=1"), ("unknown penalty",)),
    "an unknown penalty": ((SMALL, "--penalty", "l3=1"), ("did you mean 'l2'?",)),
    "a penalty for a named network": (("general", "--penalty", "l2=nan"), ("cannot be nan",)),
}


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("command", ["notes", "code", "gradcheck"])
def test_bad_options(run: Run, tmp_path: Path, command: str, name: str) -> None:
    arguments, words = OPTIONS[name]
    refused(run(command, *arguments), *words)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("code", SMALL, "--optimiser", "sdg"), ("unknown optimiser 'sdg'", "did you mean 'sgd'?")),
        (("code", "xor", "--optimiser", "sgd", "--optimiser", ""), ("unknown optimiser ''",)),
        (("notes", SMALL, "--notation", "lectur"), ("unknown notation 'lectur'", "did you mean 'lecture'?")),
        (("notes", SMALL, "--notation", "../lecture"), ("unknown notation",)),
        (("notes", SMALL, "--notation", "a\0"), ("unknown notation 'a\\x00'",)),
        (("gradcheck", SMALL, "--against", "missing.py"), ("missing.py",)),
        (("gradcheck", SMALL, "--against", "."), (".",)),
        (("check", "missing.md"), ("missing.md",)),
        (("check", "."), (".",)),
        (("check", "a\0b.md"), ()),
    ],
    ids=str,
)
def test_other_bad_input(run: Run, tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    refused(run(*arguments), *words)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", ["missing/out.tex", ".", "", "folder", "x" * 300, "a\0b", "file/out"], ids=repr)
@pytest.mark.parametrize("command", ["notes", "code"])
def test_unwritable(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, path: str) -> None:
    monkeypatch.setattr(pipeline.Network, command, lambda *_, **__: "text")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old", encoding="utf-8")
    refused(run(command, SMALL, "-o", path), "cannot write")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["file", "folder"]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "old"


def test_demo_where_nothing_can_be_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old", encoding="utf-8")
    refused(run("demo", "-o", "file"), "cannot write")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_the_old_file_stays_when_the_disk_is_full(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").write_text("old", encoding="utf-8")

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pipeline.Network, "notes", lambda *_: "text")
    monkeypatch.setattr(writing, "_replace", full)
    refused(run("notes", SMALL, "-o", "out"), "No space left")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "old"


# ---------------------------------------------------------------- a fault of ours


def test_a_bug_says_that_it_is_ours(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> str:
        raise RuntimeError("the flux is not conserved")

    monkeypatch.setattr(pipeline.Network, "notes", broken)
    shown = run("notes", SMALL, "-o", "out")
    assert shown.code not in (0, 1, 2, 3)
    assert not shown.out
    assert shown.err.startswith(cli.REPORT)
    assert "the flux is not conserved" in shown.err
    assert "Traceback" in shown.err
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------- results


def test_notes_go_where_they_are_wanted(run: Run, tmp_path: Path) -> None:
    printed = run("notes", SMALL)
    assert (printed.code, printed.err) == (0, "")
    assert printed.out.startswith("\\documentclass")
    assert printed.out.endswith("\\end{document}\n")
    written = run("notes", SMALL, "-o", "notes.tex")
    assert written == Outcome(0, "", "")
    assert (tmp_path / "notes.tex").read_text(encoding="utf-8") == printed.out
    assert run("notes", SMALL, "-o", "-") == printed
    assert [p.name for p in tmp_path.iterdir()] == ["notes.tex"]


def test_code_is_python(run: Run, tmp_path: Path) -> None:
    printed = run("code", SMALL)
    assert (printed.code, printed.err) == (0, "")
    compile(printed.out, "network.py", "exec")
    assert run("code", SMALL, "-o", "network.py") == Outcome(0, "", "")
    assert (tmp_path / "network.py").read_text(encoding="utf-8") == printed.out


@pytest.mark.parametrize("form", cli.FORMATS)
def test_formats(run: Run, form: str) -> None:
    shown = run("notes", SMALL, "--format", form)
    assert (shown.code, shown.err) == (0, "")
    assert "delta" in shown.out
    assert ("\\begin{document}" in shown.out) == (form == "latex")
    if form == "json":
        assert json.loads(shown.out)["network"]


@pytest.mark.parametrize("text", ["2-\n2:\ttanh", " 2 - 2 : tanh ", "2-\u20282:tanh"])
def test_blanks_in_a_network_do_not_reach_the_page(run: Run, text: str) -> None:
    for command in ("notes", "code"):
        plain, odd = run(command, SMALL), run(command, text)
        assert odd.code == 0
        assert len(odd.out.splitlines()) == len(plain.out.splitlines())
        assert odd.out.lower() == plain.out.lower()


def test_gradcheck(run: Run, tmp_path: Path) -> None:
    shown = run("gradcheck", SMALL)
    assert (shown.code, shown.err) == (0, "")
    assert "agrees" in shown.out
    (tmp_path / "wrong.py").write_text("def gradient(theta, X, Y):\n    return 0 * theta\n", encoding="utf-8")
    shown = run("gradcheck", SMALL, "--against", "wrong.py")
    assert shown.code == 1
    assert not shown.err


def test_regenerate_compares(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "generated", lambda: iter([("net/a.md", "one\n"), ("net/b.md", "two\n")]))
    shown = run("regenerate", "--into", "made")
    assert (shown.code, shown.out.split()) == (0, ["made/net/a.md", "made/net/b.md"])
    assert run("regenerate", "--check", "--into", "made") == Outcome(0, "everything is current\n", "")
    (tmp_path / "made/net/a.md").write_text("other\n", encoding="utf-8")
    shown = run("regenerate", "--check", "--into", "made")
    assert shown.code == 1
    assert "-other" in shown.out.splitlines()
    assert shown.out.splitlines()[-1].startswith("run `derive regenerate`")


# ---------------------------------------------------------------- as a process of its own


def test_as_a_module_and_as_a_command(tmp_path: Path) -> None:
    for arguments in (("--help",), ("list", "networks"), ("notes", "3-"), ("nope",)):
        module, command = subprocess_run("-m", "derive", *arguments, cwd=tmp_path), derive(*arguments, cwd=tmp_path)
        assert module == command
    refused(module_refused := subprocess_run("-m", "derive", "notes", "3-", cwd=tmp_path), "width is missing")
    assert module_refused.err


def test_the_same_command_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """In processes with other hashes of strings."""
    for command in (("notes", SMALL), ("code", "2-2:softmax")):
        made = set()
        for seed in ("1", "2"):
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
            name = f"{command[0]}-{seed}"
            subprocess.run(
                [sys.executable, "-m", "derive", *command, "-o", name], cwd=tmp_path, env=environment, check=True
            )
            made.add((tmp_path / name).read_bytes())
        assert len(made) == 1
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.skipif(os.name != "posix", reason="bytes in arguments")
def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"derive", b"notes", b"3-\xff"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Traceback" not in done.stderr


def test_a_closed_pipe_is_no_fault(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "derive", "notes", "general"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
