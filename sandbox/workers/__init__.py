"""Several processes that serve one data directory: how they are started, and how they reach each other."""
