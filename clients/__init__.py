"""Real clients against the OpenAPI document: linters, generators, a validating proxy and a property-based tester."""
