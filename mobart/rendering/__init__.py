"""Where pictures are made fit for games: in child processes, or (`inline`) in a thread."""
