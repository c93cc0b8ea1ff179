"""What the user asked for: network specifications, validated."""

from derive.spec.compact import parse_network
from derive.spec.network import NetworkSpec, fits
from derive.spec.own import Own, read_own
from derive.spec.penalty import PenaltySpec, PenaltyTerm, read_penalty

__all__ = ["NetworkSpec", "Own", "PenaltySpec", "PenaltyTerm", "fits", "parse_network", "read_own", "read_penalty"]
