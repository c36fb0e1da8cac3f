"""Models that Replicate hosts."""
