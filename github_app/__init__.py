"""Harvest as a GitHub App: what comes from GitHub and from people, the job that it becomes, and what goes back.

The rooms and who may know whom: docs/architecture.md, held by `make check`.
"""
