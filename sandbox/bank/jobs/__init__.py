"""What falls due by the sandbox's clock, run in order, each at its own moment."""
