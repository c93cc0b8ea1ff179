"""A document with its settings, judged equation by equation."""

from derive.checking.pages.page import Page

__all__ = ["Page"]
