"""Models that fal.ai hosts."""
