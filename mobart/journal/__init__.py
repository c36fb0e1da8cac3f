"""Where requests wait, who works on them, and how far they are: on Redis."""
