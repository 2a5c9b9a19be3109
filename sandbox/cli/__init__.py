"""The command line: `sandbox --help`."""
