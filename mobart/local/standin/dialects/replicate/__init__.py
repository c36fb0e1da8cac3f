"""Replicate's API."""
