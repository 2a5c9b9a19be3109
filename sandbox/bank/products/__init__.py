"""Chapters 2 and 3: what a member has, and what happened on each account."""
