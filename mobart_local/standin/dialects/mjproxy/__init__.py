"""midjourney-proxy, self-hosted or resold."""
