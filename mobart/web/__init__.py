"""What operators look at: probes, metrics, and the observers that feed log and metrics."""
