"""The one rule: from definitions to justified, checked derivations."""
