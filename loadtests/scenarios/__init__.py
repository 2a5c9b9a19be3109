"""What simulated members do, one module a scenario."""
