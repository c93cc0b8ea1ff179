"""The only door to Jinja."""
