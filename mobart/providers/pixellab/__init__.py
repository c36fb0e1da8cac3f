"""PixelLab: sprites and characters as pixel art at native size."""
