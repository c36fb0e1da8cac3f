"""Posts completions to the backend over HTTP."""
