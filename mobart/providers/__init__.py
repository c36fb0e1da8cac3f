"""Clients of image APIs, one folder each, and shared code."""
