"""Wheel, sdist and editable install bring the templates and the data; the README's commands are those that run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ["pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore", "derive", "templates"]
PROBES = {"latex/probe.tex.jinja": r"\frac{{<< value >>}}{#1}", "probe/probe.txt.jinja": "{{ value }}"}
REPORT = """
import json
import derive
from derive import templating
from derive.data.digits import load_digits
for name in templating.template_names():
    templating._environment(name.partition("/")[0]).get_template(name)
print(json.dumps({
    "package": derive.__file__,
    "names": templating.template_names(),
    "probes": [templating.render(name, value=7) for name in ("latex/probe.tex.jinja", "probe/probe.txt.jinja")],
    "digits": len(load_digits()),
}))
"""


def source_tree(at: Path) -> Path:
    """A copy of what a build reads, with two templates more."""
    at.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, at / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / part).exists():
            shutil.copy(ROOT / part, at / part)
    for name, text in PROBES.items():
        (at / "templates" / name).parent.mkdir(parents=True, exist_ok=True)
        (at / "templates" / name).write_text(text, encoding="utf-8")
    return at


def run(*command: str | Path, cwd: Path) -> str:
    """Standard output of a command that must succeed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST", "DERIVE"))}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(kind: str, tree: Path) -> Path:
    """The wheel or sdist of a source tree."""
    out = tree.parent / f"dist-{tree.name}"
    run(sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", out, cwd=tree)
    (made,) = out.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


def installed(at: Path, *what: str | Path) -> dict[str, object]:
    """What a program sees that uses the package from a fresh environment into which ``what`` was installed."""
    venv.create(at, symlinks=True)
    python = at / "bin" / "python"
    own = Path(sysconfig.get_path("purelib", vars={"base": str(at), "platbase": str(at)}))
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    options = [
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "--ignore-installed",
        "--disable-pip-version-check",
    ]
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, *what, cwd=at)
    report = json.loads(run(python, "-I", "-c", REPORT, cwd=at))
    assert isinstance(report, dict)
    return report


def template_files(tree: Path) -> list[str]:
    return sorted(p.relative_to(tree / "templates").as_posix() for p in (tree / "templates").rglob("*") if p.is_file())


def names_in_wheel(wheel: Path) -> list[str]:
    prefix = "derive/_templates/"
    with zipfile.ZipFile(wheel) as archive:
        return sorted(n.removeprefix(prefix) for n in archive.namelist() if n.startswith(prefix))


@pytest.mark.parametrize("kind", ["wheel", "sdist", "editable"])
def test_install_has_all_templates_and_renders_them(kind: str, tmp_path: Path) -> None:
    tree = source_tree(tmp_path / "tree")
    what: list[str | Path] = ["-e", tree] if kind == "editable" else [build(kind, tree)]
    report = installed(tmp_path / "venv", *what)
    assert report["names"] == template_files(tree)
    assert report["probes"] == [r"\frac{{7}}{#1}", "7"]
    assert report["digits"] == 1797
    inside = tree if kind == "editable" else tmp_path / "venv"
    assert Path(str(report["package"])).is_relative_to(inside)


def test_wheel_holds_package_and_templates_only(tmp_path: Path) -> None:
    tree = source_tree(tmp_path / "tree")
    wheel = build("wheel", tree)
    assert names_in_wheel(wheel) == template_files(tree)
    with zipfile.ZipFile(wheel) as archive:
        tops = {n.partition("/")[0] for n in archive.namelist()}
        entry_points = next(archive.read(n).decode() for n in archive.namelist() if n.endswith("entry_points.txt"))
    assert tops == {"derive", "derive_backprop-0.1.0.dist-info"}
    assert "derive = derive.cli:main" in entry_points


def test_comparison_of_names_goes_red_when_templates_are_ignored(tmp_path: Path) -> None:
    tree = source_tree(tmp_path / "tree")
    (tree / ".gitignore").write_text("templates/\n", encoding="utf-8")
    assert names_in_wheel(build("wheel", tree)) != template_files(tree)


def test_templates_end_in_jinja_and_are_short() -> None:
    for path in (p for p in (ROOT / "templates").rglob("*") if p.is_file()):
        assert path.suffix == ".jinja", f"{path.name}: a template ends in .jinja"
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 80, f"{path.name}: a template only lays out"


def test_readme_has_the_two_commands_and_ci_runs_those() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("pip install")] == [
        "pip install . && derive demo",
        'pip install ".[test]" && python -m pytest -q -n 2',
    ]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "pytest" not in script, "the README says how to run the tests; the script reads it from there"


def test_ci_script_is_executable_bash() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    run("bash", "-n", ROOT / ".ci" / "run", cwd=ROOT)
