"""A loopback Modal for the unmodified SDK (1.6.x): control plane, task command router, and sandboxes that really run.

Two layers live here. The *service* speaks Modal's gRPC (`gate`, `*_rpcs`, the stores they answer from); the *machine*
makes sandboxes out of this computer (`namespaces` as root, `folders` without). Everything is in memory and under one
folder; when the process ends, so does all it started. What it cannot be is said when it starts (`not_isolated`).
"""
