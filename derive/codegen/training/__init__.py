"""Training code: passes over the program of a network, and the modules that are written from what they leave."""
