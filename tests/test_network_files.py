"""Network files: what they mean, and what is said about files that mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import derive
from derive import gallery
from derive.checking import check
from derive.cli import cli
from derive.errors import DeriveError
from derive.spec import PenaltySpec, parse_network
from derive.spec.file import is_file
from derive.spec.positions import place_of
from derive.spec.toml import MOST_BYTES

EXAMPLES = sorted((Path(__file__).parents[1] / "examples" / "networks").glob("*.toml"))
GOOD = """\
inputs = 4
cost = "quartic"
penalty = { l2 = 1e-4 }
layers = [
  { width = 3, activation = "bent" },
  { width = 2, activation = "identity" },
]

[activations.bent]
formula = "z + z^2/9"

[costs.quartic]
formula = "(a - y)^4"
"""


def write(folder: Path, text: str | bytes, name: str = "net.toml") -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_a_file_is_a_network(tmp_path: Path) -> None:
    spec = derive.network(write(tmp_path, GOOD)).spec
    assert (spec.name, spec.widths, spec.activations) == ("net.toml", (4, 3, 2), ("bent", "identity"))
    assert (spec.cost, spec.penalty, spec.optimisers) == ("quartic", PenaltySpec.of("l2", 1e-4), ())
    assert [row.formula for row in spec.own.activations] == ["z + z^2/9"]
    assert [row.formula for row in spec.own.costs] == ["(a - y)^4"]


def test_the_same_network_as_a_string(tmp_path: Path) -> None:
    text = 'inputs = 2\n[[layers]]\nwidth = 3\nactivation = "tanh"\n[[layers]]\nwidth = 1\nactivation = "sigmoid"\n'
    spec, same = derive.network(write(tmp_path, text)).spec, parse_network("2-3:tanh-1:sigmoid")
    assert (spec.text, spec.cost, spec.penalty) == (same.text, same.cost, same.penalty)


def test_options_change_what_a_file_says(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    assert derive.network(path, cost="squared-error", penalty="l2=0").spec.penalty is None
    assert derive.network(path, activations={"bent": "z + z^3"}).spec.activation("bent").formula == "z + z^3"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_examples(path: Path) -> None:
    net = derive.network(str(path))
    assert check(net.notes()).exit_code == 0
    assert net.gradcheck().holds
    assert f'COMMAND = "derive code {path.name}' in net.code()


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("inputs = 4", "inptus = 4", "1:1", "did you mean 'inputs'?"),
        ("inputs = 4\n", "", "1:1", "the key 'inputs' is missing"),
        ("inputs = 4", "inputs = 0", "1:1", "0 inputs"),
        ("inputs = 4", 'inputs = "4"', "1:1", "the number of inputs"),
        ("inputs = 4", "inputs = true", "1:1", "inputs is 'True'"),
        ("inputs = 4", "inputs = 4.0", "1:1", "inputs is '4.0'"),
        ("inputs = 4", "inputs = 4 4", "1:12", "no TOML"),
        ("inputs = 4", "inputs = " + "9" * 5000, "", "no TOML"),
        ("inputs = 4", "inputs = 9999999999", "4:1", "too many"),
        ("width = 3", "width = 0", "5:5", "layer 1 of width 0 has no units"),
        ("width = 2", "width = -2", "6:5", "layer 2 of width -2"),
        ("width = 2", "widht = 2", "6:5", "did you mean 'width'?"),
        ("width = 2, ", "", "6:3", "the key 'width' is missing"),
        (', activation = "identity"', "", "6:3", "the key 'activation' is missing"),
        ('"bent" }', '"bnet" }', "5:16", "did you mean 'bent'?"),
        ('"bent" }', "7 }", "5:16", "layers.0.activation is '7'"),
        ('cost = "quartic"', 'cost = "quratic"', "2:1", "did you mean 'quartic'?"),
        ('cost = "quartic"', 'cost = "binary-cross-entropy"', "2:1", "does not fit"),
        ('cost = "quartic"', 'cost = ["quartic"]', "2:1", "the name of a cost"),
        ("l2 = 1e-4", "l2 = nan", "3:1", "expected"),
        ("l2 = 1e-4", "l2 = -1.0", "3:1", "expected"),
        ("l2 = 1e-4", "l3 = 1.0", "3:1", "unknown"),
        ("{ l2 = 1e-4 }", "3", "3:1", "penalty is '3'"),
        ("[costs.quartic]", "[cots.quartic]", "12:2", "did you mean 'costs'?"),
        ("[activations.bent]", '[activations."be\\nnt"]', "", "cannot be the name"),
        ("[activations.bent]", "[activations.'be\"nt']", "9:14", "cannot be the name"),
        ("[activations.bent]", "[activations.lambda]", "9:14", "is taken"),
        ('formula = "z + z^2/9"', 'formla = "z + z^2/9"', "10:1", "did you mean 'formula'?"),
        ('formula = "z + z^2/9"', "", "9:14", "the key 'formula' is missing"),
        ('"z + z^2/9"', "9", "10:1", "a formula in z, as text"),
        ('"z + z^2/9"', '"z + x^2/9"', "10:16", "unknown name 'x'"),
        ('"z + z^2/9"', '"log(z)"', "10:1", "no value at z = 0"),
        ('"z + z^2/9"', "\"__import__('os').abort()\"", "10:23", "has no meaning"),
        ('"z + z^2/9"', '"9^9^9^9*z"', "10:15", "the exponent is too large"),
        ('"z + z^2/9"', f'"{"(" * 20_000}z"', "10:", "too long"),
        ('"(a - y)^4"', '"(a - z)^4"', "13:", "unknown name 'z'"),
        ("penalty =", 'optimisers = ["sdg"]\npenalty =', "3:1", "did you mean 'sgd'?"),
        ("penalty =", "optimisers = 3\npenalty =", "3:1", "optimisers is '3'"),
        ("penalty =", "optimisers = []\npenalty =", "3:1", "optimisers is '[]'"),
    ],
)
def test_what_a_file_says_wrongly(tmp_path: Path, old: str, new: str, place: str, said: str) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(DeriveError) as raised:
        derive.network(path)
    message = str(raised.value)
    assert said in message
    assert message.startswith(f"{path}:{place}")
    assert "expected:" in message
    assert "remedy:" in message
    assert len(message) < 1200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "the key 'inputs' is missing"),
        (b"\x7fELF\x02\x01\x00\xff\xfe", "not UTF-8"),
        (b"\x00\x01\x02", "no TOML"),
        (b"[" * 20_000, "no TOML"),
        (b"a = " + b"[" * 20_000, "nested too deeply"),
        (b"#" * (MOST_BYTES + 1), "too large"),
        (b"inputs = 2\nlayers = []", "an input and at least one layer"),
        (b"inputs = 2\nlayers = [3]", "layer 1 is '3'"),
        (b"inputs = 2\nlayers = 3", "a list of layers"),
        (b"inputs = 2\nlayers = [{width = 1, activation = 'tanh'}]\nactivations = 3", "tables such as"),
        (b"inputs = 2\nlayers = [{width = 1, activation = 'tanh'}]\n[activations]\nbent = 'z'", "formula = "),
        (b'inputs = 2\n"a\\nb" = 3', "unknown key 'a\\nb'"),
        (b"inputs = 2\ninputs = 3", "no TOML"),
    ],
    ids=lambda t: repr(t[:12]),
)
def test_files_that_mean_nothing(tmp_path: Path, text: bytes, said: str) -> None:
    """One message and exit code 2; nothing is written."""
    path = write(tmp_path, text, "hostile.toml")
    with pytest.raises(DeriveError) as raised:
        derive.network(path)
    assert said in str(raised.value)
    assert len(str(raised.value)) < 1200
    assert [p.name for p in tmp_path.iterdir()] == ["hostile.toml"]


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    for path, said in [
        (str(tmp_path) + "/", "is a folder"),
        (str(tmp_path / "none.toml"), "does not exist"),
        ("/dev/zero", "is no file"),
        ("a\x00b.toml", ""),
        ("x" * 5000 + ".toml", ""),
        ("a\nb.toml", "does not exist"),
    ]:
        with pytest.raises(DeriveError) as raised:
            derive.network(path)
        assert said in str(raised.value)
        assert str(raised.value).count("\n") <= 4


def test_hostile_names_of_files(tmp_path: Path) -> None:
    """A file's name does not get into emitted text unless it is plain."""
    path = write(tmp_path, GOOD, 'a"""\nimport os.toml')
    assert derive.network(path).spec.name == "network.toml"


def test_what_names_a_file() -> None:
    assert [is_file(t) for t in ("net.toml", "NET.TOML", "./net", "2-3:tanh-1", "xor")] == [True] * 3 + [False] * 2


def test_places_of_keys() -> None:
    text = 'cost = "costs" # costs\n[costs]\n  "mine" = 3\n[[layers]]\nwidth = 1\n[[layers]]\nwidth = 2\n'
    found = [place_of(text, "f", path) for path in (("costs",), ("costs", "mine"), ("layers", 1, "width"), ("none",))]
    assert [(p.line, p.column) for p in found] == [(2, 2), (3, 3), (7, 1), (1, 1)]


def test_the_command_line(tmp_path: Path) -> None:
    """A formula of one's own, and a message that leaves nothing behind."""
    out = tmp_path / "out.py"
    options = ["--activation", "bent=z + z^2/9", "--cost", "quartic=(a - y)^4"]
    made = CliRunner().invoke(cli, ["code", "2-3:bent-1", *options, "-o", str(out)])
    assert made.exit_code == 0
    assert out.exists()
    for wrong in ("bent", "bent=log(z)", "lambda=z", "bent=__import__('os')", "=z"):
        failed = CliRunner().invoke(cli, ["code", "2-3:bent-1", "--activation", wrong, "-o", str(tmp_path / "never")])
        assert isinstance(failed.exception, DeriveError)
    assert not (tmp_path / "never").exists()


def test_the_file_of_the_documentation(tmp_path: Path) -> None:
    """What docs/network-files.md shows is a network."""
    page = (Path(__file__).parents[1] / "docs" / "network-files.md").read_text(encoding="utf-8")
    shown = page.split("```toml\n")[1].split("```")[0]
    spec = gallery.resolve(write(tmp_path, shown))
    assert (spec.widths, spec.activations, spec.cost) == ((4, 3, 2), ("bent", "identity"), "quartic")
