"""The door to Jinja: registered names only, undefined names are errors, LaTeX is not disturbed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from jinja2 import UndefinedError

from derive import templating
from derive.errors import DeriveError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of templates in place of the real one."""
    caches = (templating.template_names, templating._environment)
    for cached in caches:
        cached.cache_clear()
    monkeypatch.setattr(templating, "template_root", lambda: tmp_path)
    yield tmp_path
    for cached in caches:
        cached.cache_clear()


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def test_latex_delimiters_leave_latex_alone(folder: Path) -> None:
    write(folder, "latex/a.jinja", "\\frac{{{x}}}{#1}<# gone #>.\n<% for v in vs %>\n<< v >>%\n<% endfor %>\n")
    assert templating.render("latex/a.jinja", vs=[1, 2]) == "\\frac{{{x}}}{#1}.\n1%\n2%\n"


def test_other_folders_have_the_usual_delimiters(folder: Path) -> None:
    write(folder, "numpy/a.py.jinja", "{% if flag %}\nx = {{ value }}\n{% endif %}\ny << 2\n")
    assert templating.render("numpy/a.py.jinja", flag=True, value="<1>") == "x = <1>\ny << 2\n"


def test_undefined_name_is_an_error(folder: Path) -> None:
    write(folder, "numpy/a.jinja", "{{ missing }}")
    with pytest.raises(UndefinedError, match="missing"):
        templating.render("numpy/a.jinja")


def test_values_are_never_templates(folder: Path) -> None:
    write(folder, "latex/a.jinja", "<< value >>")
    assert templating.render("latex/a.jinja", value="<< 1 + 1 >> {{ 7*7 }}") == "<< 1 + 1 >> {{ 7*7 }}"


@pytest.mark.parametrize("name", ["../conftest.py", "latex/b.jinja", "/etc/passwd", "latex/plain.txt", ""])
def test_only_registered_names_are_offered(folder: Path, name: str) -> None:
    write(folder, "latex/a.jinja", "a")
    write(folder, "latex/plain.txt", "no template")
    with pytest.raises(LookupError, match="no template"):
        templating.render(name)
    assert templating.template_names() == ("latex/a.jinja",)


def test_missing_templates_name_both_places(tmp_path: Path) -> None:
    inside, beside = tmp_path / "_templates", tmp_path / "templates"
    with pytest.raises(DeriveError) as caught:
        templating._first_folder(inside, beside)
    assert str(inside) in str(caught.value)
    assert str(beside) in str(caught.value)
    beside.mkdir()
    assert templating._first_folder(inside, beside) == beside
    inside.mkdir()
    assert templating._first_folder(inside, beside) == inside
