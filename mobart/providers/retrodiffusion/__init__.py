"""Retro Diffusion: real pixel art at its native size."""
