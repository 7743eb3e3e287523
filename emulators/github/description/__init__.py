"""GitHub's own OpenAPI description, cut down to what is emulated, and the check of requests and answers against it.

`rest.json`, `webhooks.json` and `routes.txt` are made by `derive.py` from the npm package `@octokit/openapi`, whose licence
stands beside them in `LICENSE`.
"""
