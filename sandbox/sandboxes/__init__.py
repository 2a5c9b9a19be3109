"""The life of a sandbox: finding, creating, opening, copying, replacing, removing it; what it keeps beside the bank."""
