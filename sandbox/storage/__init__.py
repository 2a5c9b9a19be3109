"""A sandbox is a database: statements compiled once, the driver that runs them, the unit of work, the files."""
