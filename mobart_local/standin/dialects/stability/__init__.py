"""Stability AI's stable image API."""
