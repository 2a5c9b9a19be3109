"""What members do by themselves: behaviours, and the plan of what they do in a month."""
