"""Ideogram's API v2."""
