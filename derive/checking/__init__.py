"""Verdicts on hand derivations: documents, settings, and every displayed equation against the forward pass."""

from derive.checking.check import check, check_paths, check_text, read_text, replay
from derive.checking.setting import Setting, preset_names
from derive.checking.verdicts import Counterexample, FileReport, Judgement, Report, Verdict

__all__ = [
    "Counterexample",
    "FileReport",
    "Judgement",
    "Report",
    "Setting",
    "Verdict",
    "check",
    "check_paths",
    "check_text",
    "preset_names",
    "read_text",
    "replay",
]
