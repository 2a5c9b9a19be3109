"""Writes the generated half of the Python client `sandbox.testing`, from the OpenAPI document and from its own
asynchronous half."""
