"""What of a player's prompt is submitted, and what is refused."""
