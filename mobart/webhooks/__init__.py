"""Telling the backend: completions over HTTP, progress over a channel."""
