"""What the user asked for: network specifications, validated."""
