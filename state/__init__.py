"""What must last: the inbox, sessions, jobs, conversations, usage, and the durable engine behind one small face.

Nothing here knows GitHub's API, the sandbox or the web server. `github_app` calls this package; this package calls nobody
in the project.
"""
