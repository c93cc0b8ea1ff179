"""Verdicts on hand derivations: documents, settings, and every displayed equation against the forward pass.

From a page down to the lines of a setting (import-linter holds the order):

- ``check``, ``many``: the story for one text, for files, for a class
- ``pages``: one document with the settings that hold on it, judged within its limits
- ``explaining``: slips, right equations in the author's letters; ``deriving``: what the engine finds for a left side
- ``judging``: one equation on every network, link by link
- ``understanding``: the model that a setting is; ``shapes``: those that its lines leave to be found
- ``reading``: equations as typed trees; ``naming``: what lines are, and what they call things
- ``setting``, ``documents``: what is written; ``showing``, ``verdicts``: what is said; ``limits``: time and memory
"""

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
