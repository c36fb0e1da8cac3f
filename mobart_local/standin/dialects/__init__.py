"""The APIs that the stand-in speaks beside GoAPI's; each under a path of its own."""
