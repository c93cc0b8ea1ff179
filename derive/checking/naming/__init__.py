"""What the lines of a setting are, and what they call things."""
