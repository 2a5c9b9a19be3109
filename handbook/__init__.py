"""The documentation site: the pages of `docs/`, and reference pages that are written from the code (`make docs`)."""
