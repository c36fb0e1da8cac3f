"""The post-processor as a command."""
