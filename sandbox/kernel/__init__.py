"""Money, time, chance and names: the ideas everything else is made of. Standard library only."""
