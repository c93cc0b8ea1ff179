"""What the user asked for: network specifications, validated."""

from derive.spec.compact import parse_network
from derive.spec.network import NetworkSpec, fits
from derive.spec.penalty import PenaltySpec, read_penalty

__all__ = ["NetworkSpec", "PenaltySpec", "fits", "parse_network", "read_penalty"]
