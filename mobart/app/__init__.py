"""Builds one worker process from the settings, checks it, runs it and stops it."""
