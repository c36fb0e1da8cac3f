"""Cleans players' prompts, refuses what must not be submitted, and words orders."""
