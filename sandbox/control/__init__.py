"""The control plane: what makes the bank a sandbox. One module for each area."""
