"""Greek letters: LaTeX command without backslash to Unicode."""

from __future__ import annotations

_LOWER = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon"
)
_MORE = "varphi chi psi omega"
_UPPER = {"Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ"}
_REST = {
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
    "phi": "ϕ",
    "varepsilon": "ε",
    "epsilon": "ϵ",
    "ell": "ℓ",
    "vartheta": "ϑ",
}

GREEK = {name: chr(0x3B1 + i) for i, name in enumerate(f"{_LOWER} {_MORE}".split())} | _UPPER | _REST
"""``{'alpha': 'α', ...}``"""

FROM_UNICODE = {letter: name for name, letter in GREEK.items()}
"""``{'α': 'alpha', ...}``"""
FROM_UNICODE |= {"ε": "epsilon", "φ": "phi"}  # typed by people for the plain letters
