"""Chapter 10, «Solicita tus productos»."""
