"""Retro Diffusion's API, version 2."""
