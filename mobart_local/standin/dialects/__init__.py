"""The APIs that the stand-in speaks, a folder for each; each under a path of its own."""
