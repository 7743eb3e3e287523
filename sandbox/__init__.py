"""Where the agent works: the sandbox protocol and its backends, the workspace, and the agent itself.

Nothing here knows GitHub's API, the database or the web server: what a sandbox needs is handed to it. `github_app` calls
this package; this package calls nobody in the project.
"""
