"""One equation to its verdict: every reading, on every network, link by link."""

from derive.checking.judging.judge import Judge

__all__ = ["Judge"]
