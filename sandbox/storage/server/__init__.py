"""The driver of PostgreSQL, over `psycopg.pq`. Loaded only where a server is used: psycopg is an extra."""
