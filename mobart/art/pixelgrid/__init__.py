"""Recovering the native pixels of pixel art that was enlarged."""
