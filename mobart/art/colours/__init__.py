"""Colour spaces, quantisation and palette files."""
