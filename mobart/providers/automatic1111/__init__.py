"""AUTOMATIC1111's web UI, and Forge."""
