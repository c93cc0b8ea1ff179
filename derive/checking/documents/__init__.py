"""Documents of any kind, with their formulas at exact places."""

from derive.checking.documents.document import MOST_CHARACTERS, Document, read_document
from derive.checking.documents.formulas import Formula

__all__ = ["MOST_CHARACTERS", "Document", "Formula", "read_document"]
