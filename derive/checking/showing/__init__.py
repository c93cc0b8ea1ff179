"""Reports as people see them: lines for a terminal, a table over files, comments in a copy of the source, a page."""

from derive.checking.showing.annotated import annotated
from derive.checking.showing.page import page
from derive.checking.showing.tables import slips_of, table
from derive.checking.showing.terminal import in_words

__all__ = ["annotated", "in_words", "page", "slips_of", "table"]
