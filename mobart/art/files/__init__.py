"""Picture files: header, decoding, encoding."""
