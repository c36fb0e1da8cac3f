"""Makes pictures fit for games in child processes with few rights."""
