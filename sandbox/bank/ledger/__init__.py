"""Money: accounts, holds, and the double entry through which alone a balance changes."""
