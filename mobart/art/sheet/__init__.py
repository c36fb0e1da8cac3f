"""Sheets: the sprites of one picture found, recovered and laid out anew."""
