"""What the hot path costs, as ratios to a floor measured in the same run."""
