"""The client for asyncio. `sandbox.testing.blocking` is written from it by `python -m clients.python`."""
