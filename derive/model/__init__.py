"""A network is its forward equations: quantities, definitions, models."""
