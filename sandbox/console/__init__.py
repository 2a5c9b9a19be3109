"""The web page; it speaks to the control plane only."""
