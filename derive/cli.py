"""The command line: parse, call one function of ``pipeline``, print, exit.

Exit codes: 0 good; 1 the answer is no; 2 unusable input; 3 (``check``) nothing wrong but something undecided.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from derive.errors import DeriveError, quoted

if TYPE_CHECKING:
    from derive.pipeline import Network

NETWORK_HELP = """NETWORK is a name (see `derive list networks`) or widths joined by '-', each after the first with an
activation or not: 784-128:relu-10:softmax; or a file such as network.toml (docs/network-files.md)."""
FORMATS = ("latex", "fragment", "markdown", "json")
KINDS = ("networks", "activations", "costs", "penalties", "optimisers", "schedules", "parts", "notations")
SELDOM = (5_000, 20, 100)
"""When garbage is collected (`gc.set_threshold`): a command makes many trees that last and hardly any cycles."""

REPORT = "This is a fault of derive, not of your input. Please report it to the project with all that stands below."


def network_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What a compact string cannot say."""
    for option in (
        click.option("--penalty", metavar="NAME=STRENGTH", help="Penalty on the weights: l2=1e-4."),
        click.option(
            "--dropout", type=float, metavar="SHARE", help="Share of hidden outputs left out in training: 0.5."
        ),
        click.option("--cost", metavar="NAME[=FORMULA]", help="Cost of a row (`derive list costs`); or one's own."),
        click.option(
            "--activation",
            "activations",
            multiple=True,
            metavar="NAME=FORMULA",
            help="An activation of one's own, in z; may be given several times.",
        ),
        click.option(
            "--kink",
            "kinks",
            multiple=True,
            metavar="NAME=SLOPE",
            help="The slope used at a kink: relu=1; hard-sigmoid@3=1/6 for one of several. May be given several times.",
        ),
        click.argument("network"),
    ):
        command = option(command)
    return command


def named(
    network: str,
    *,
    cost: str | None,
    penalty: str | None,
    activations: Iterable[str],
    kinks: Iterable[str] = (),
    optimisers: Iterable[str] | None = None,
    dropout: float | None = None,
) -> Network:
    """The network that the options of a command mean."""
    from derive import pipeline

    own = dict(_formula(text) for text in activations)
    name, costs = (cost, {}) if cost is None or "=" not in cost else _named_cost(cost)
    slopes = _kinks(kinks)
    return pipeline.network(
        network,
        cost=name,
        penalty=penalty,
        optimisers=optimisers,
        activations=own,
        costs=costs,
        kinks=slopes,
        dropout=dropout,
    )


def _named_cost(text: str) -> tuple[str, dict[str, str]]:
    name, formula = _formula(text)
    return name, {name: formula}


def _kinks(texts: Iterable[str]) -> dict[str, object]:
    """``relu=1`` taken apart."""
    found: dict[str, object] = {}
    for text in texts:
        name, equals, slope = text.partition("=")
        if not equals or name.strip() in found:
            problem = (
                f"{quoted(text)} gives no slope" if not equals else f"--kink {quoted(name.strip())} is given twice"
            )
            raise DeriveError(problem, expected="NAME=SLOPE, each once", remedy="write --kink relu=1")
        found[name.strip()] = slope.strip()
    return found


def _formula(text: str) -> tuple[str, str]:
    """``bent=z + z^2`` taken apart."""
    name, equals, formula = text.partition("=")
    if not equals:
        raise DeriveError(
            f"{quoted(text)} gives no formula",
            expected="NAME=FORMULA",
            remedy="write --activation 'bent=(sqrt(z^2 + 1) - 1)/2 + z'",
        )
    return name.strip(), formula.strip()


def output_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Where the result goes."""
    return click.option("-o", "--output", metavar="PATH", help="Write to a file instead of standard output.")(command)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="derive-backprop", prog_name="derive")
def cli() -> None:
    """Write down a network; get its backpropagation derived, explained, typeset, coded and checked."""


@cli.command(epilog=NETWORK_HELP)
@network_options
@click.option("--notation", default="lecture", show_default=True, metavar="NAME|FILE", help="How it is written.")
@click.option("--optimiser", "optimisers", multiple=True, metavar="NAME", help="Also its update equations.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="latex", show_default=True)
@output_option
def notes(network: str, notation: str, form: str, output: str | None, **options: Any) -> None:
    """The derivation as course notes; json is the derivation as data."""
    deliver(named(network, **options).notes(form, notation), output)


@cli.command(epilog=NETWORK_HELP)
@network_options
@click.option("--style", type=click.Choice(("textbook", "training")), default="textbook", show_default=True)
@click.option("--dtype", type=click.Choice(("float64", "float32")), help="[default: float64; in training float32]")
@click.option("--optimiser", "optimisers", multiple=True, metavar="NAME", help="May be given several times.")
@click.option(
    "--schedule", "schedules", multiple=True, metavar="NAME", help="In training code, beside constant. [default: all]"
)
@click.option("--without", multiple=True, metavar="PART", help="Left out of training code: check, estimator or shell.")
@output_option
def code(
    network: str,
    style: str,
    dtype: str | None,
    output: str | None,
    schedules: tuple[str, ...],
    without: tuple[str, ...],
    **options: Any,
) -> None:
    """Training code for exactly this network: one .py file, NumPy only."""
    deliver(named(network, **options).code(style, dtype, schedules=schedules, without=without), output)


@cli.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--setting", metavar="FILE", help="The author's forward equations (docs/setting.md).")
@click.option("--preset", metavar="NAME", help="A setting that comes with derive.")
@click.option("--inline", is_flag=True, help="Judge the formulas within lines of text too.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="So many files at a time (as many as processors).")
@click.option("--json", "as_json", is_flag=True, help="The verdicts as data.")
@click.option("--html", metavar="PATH", help="Write a page with every equation and its verdict.")
@click.option("--annotate", metavar="PATH", help="Write a copy with verdicts as comments; a folder for several files.")
@click.option("--replay", type=click.IntRange(1), metavar="N", help="Show the network on which equation N fails.")
def check(
    files: tuple[str, ...], as_json: bool, html: str | None, annotate: str | None, replay: int | None, **options: Any
) -> None:
    """Verdicts on hand derivations (.md, .tex, .ipynb, a directory, - for standard input)."""
    from derive import pipeline

    if replay is not None:
        for file in files:
            click.echo(pipeline.replay(file, replay, options["setting"], options["preset"]))
        return
    report = pipeline.check_files(files, **options)
    if html:
        deliver(report.page(), html)
    for path in pipeline.annotated_copies(report, Path(annotate)) if annotate else ():
        click.echo(f"written: {path}", err=True)
    if html != "-":
        said = (
            json.dumps(report.to_json(), indent=2, ensure_ascii=False) if as_json else report.text(colours=coloured())
        )
        click.echo(said)
    faults = [f for f in report.files if f.fault]
    for f in faults:
        click.echo(f"{f.file}: {REPORT}\n\n{f.fault}", err=True)
    sys.exit(70 if faults else report.exit_code)


def coloured() -> bool:
    """Whether the output is a terminal whose user has not declined colours (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@cli.command(epilog=NETWORK_HELP)
@network_options
@click.option("--against", metavar="FILE.py", help="A file with gradient(theta, X, Y) to be checked instead.")
def gradcheck(network: str, against: str | None, **options: Any) -> None:
    """The emitted (or a student's) gradient against numeric derivatives, in float64."""
    result = named(network, **options).gradcheck(against)
    click.echo(result.text())
    sys.exit(0 if result.holds else 1)


@cli.command("list")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--json", "as_json", is_flag=True, help="As data.")
def list_(kind: str, as_json: bool) -> None:
    """What there is of a kind, one a line with its formula."""
    from derive import pipeline

    rows = pipeline.listing(kind)
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        click.echo(
            "  ".join(part for part in (row["name"].ljust(width), row["formula"], f"({row['reading']})") if part)
        )


@cli.command()
@click.option("-o", "--output", default="derive-demo", show_default=True, metavar="DIR", help="Where the files go.")
def demo(output: str) -> None:
    """The main job, end to end, on handwritten digits that come with derive."""
    from derive import demonstration

    sys.exit(0 if demonstration.run(Path(output), click.echo) else 1)


@cli.command()
@click.option("--check", "compare", is_flag=True, help="Compare instead of writing; exit 1 if something is stale.")
@click.option(
    "--into", default="generated", show_default=True, metavar="DIR", help="The folder of the checked-in output."
)
def regenerate(compare: bool, into: str) -> None:
    """Write (or compare) everything under generated/."""
    from derive import pipeline

    if not compare:
        for path in pipeline.regenerate(Path(into)):
            click.echo(path)
        return
    stale = pipeline.stale(Path(into))
    click.echo(
        "\n".join([*stale, "run `derive regenerate` and look at the difference"]) if stale else "everything is current"
    )
    sys.exit(1 if stale else 0)


def deliver(text: str, output: str | None) -> None:
    """A result goes to standard output or, whole, into a file."""
    if output is None or output == "-":
        click.echo(text, nl=not text.endswith("\n"))
        return
    from derive.writing import write_whole

    write_whole(Path(output), text if text.endswith("\n") else text + "\n")


def main() -> NoReturn:
    """The entry point: our own errors become one message and exit code 2, a bug says that it is ours."""
    gc.set_threshold(*SELDOM)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # all matrices are small: threads would only take time to start
    try:
        cli.main(prog_name="derive")
    except DeriveError as error:
        click.echo(f"derive: {error}", err=True)
        sys.exit(2)
    except Exception:  # noqa: BLE001 - the last door: whatever comes here is a fault of ours and says so
        click.echo(f"{REPORT}\n\n{traceback.format_exc()}", err=True)
        sys.exit(70)
    sys.exit(0)
