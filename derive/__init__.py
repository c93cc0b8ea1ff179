"""Backpropagation, derived: from a network's forward equations to checked notes, training code and verdicts."""
