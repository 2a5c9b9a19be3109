"""What members do by themselves, in a sandbox that lives (docs/how-to/life.md)."""
