"""Sellers of generated pictures: one file a dialect, and what the dialects share."""
