# Written by `python -m clients.python`; do not edit.
"""A client of a running server: its connection, sandboxes with their areas, and the phones of members."""
