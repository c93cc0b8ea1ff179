"""The only door to Jinja: templates are files of ours, named ``FOLDER/NAME.jinja``, and they only lay out.

Text of a user reaches a template as a finished value, never as a template: there is no door for strings.  An undefined
name in a template is an error.  The templates of the folder ``latex`` have delimiters that LaTeX never writes:
``<< value >>``, ``<% statement %>``, ``<# comment #>``; all others have Jinja's own.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from derive.errors import DeriveError, did_you_mean

if TYPE_CHECKING:
    from jinja2 import Environment

SUFFIX = ".jinja"
DELIMITERS: dict[str, dict[str, str]] = {
    "latex": {
        "variable_start_string": "<<",
        "variable_end_string": ">>",
        "block_start_string": "<%",
        "block_end_string": "%>",
        "comment_start_string": "<#",
        "comment_end_string": "#>",
    },
}
"""Folder: the delimiters of its templates, where they are not Jinja's own."""


ESCAPED = frozenset({"html"})
"""Folders whose values are escaped for a browser, unless they are markup already."""


def render(template: str, **values: object) -> str:
    """The text of ``template`` (``"numpy/textbook.py.jinja"``) with ``values`` put in.

    Raises:
        LookupError: there is no such template (a mistake of ours, so no DeriveError).
        jinja2.UndefinedError: the template uses a name that is not among ``values``.
    """
    if template not in template_names():
        near = did_you_mean(template, template_names())
        raise LookupError(
            f"no template {template!r} in {template_root()}; {near or 'there are: ' + str(template_names())}"
        )
    return _environment(template.partition("/")[0]).get_template(template).render(values)


@cache
def template_names() -> tuple[str, ...]:
    """Every template's name, in order: the path below ``template_root()`` with forward slashes."""
    root = template_root()
    return tuple(sorted(path.relative_to(root).as_posix() for path in root.rglob("*" + SUFFIX)))


@cache
def template_root() -> Path:
    """The folder of the templates: inside the package when installed, beside it in a working tree.

    Raises:
        DeriveError: neither exists.
    """
    return _first_folder(Path(__file__).with_name("_templates"), Path(__file__).parents[1] / "templates")


def _first_folder(*places: Path) -> Path:
    for place in places:
        if place.is_dir():
            return place
    tried = " nor ".join(map(str, places))
    raise DeriveError(
        f"the templates are missing: neither {tried} exists",
        expected="a complete installation",
        remedy="install again: pip install --force-reinstall derive-backprop",
    )


@cache
def _environment(folder: str) -> Environment:
    """Jinja for one folder.  What goes to a browser is escaped; the other targets are LaTeX, Markdown and Python."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(template_root()),
        undefined=StrictUndefined,
        autoescape=folder in ESCAPED,  # noqa: S701 - the targets without it are no pages
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **DELIMITERS.get(folder, {}),  # type: ignore[arg-type]
    )
