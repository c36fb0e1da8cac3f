"""Mobart turns a game backend's requests for pictures into finished game assets."""

__version__ = "0.2.0"
