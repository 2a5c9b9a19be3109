# Written by `python -m clients.python`; do not edit.
"""The client for asyncio. `sandbox.testing.blocking` is written from it by `python -m clients.python`."""
