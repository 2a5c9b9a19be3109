"""Whom a request comes from: members, their sessions, and the routes that ask for one. Every chapter builds on it."""
