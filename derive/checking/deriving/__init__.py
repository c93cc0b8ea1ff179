"""The right equation derived by the engine from the forward equations of a setting, as from those of any network."""

from derive.checking.deriving.answers import Answer, Answers

__all__ = ["Answer", "Answers"]
