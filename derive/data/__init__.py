"""Tables of activations, costs, penalties and optimisers as formulas (no derivatives), and the digits."""
