"""Talking to GitHub's REST API: one client, narrow tokens, and one table that says which failures are tried again."""
