"""`python -m github_app` is the command `harvest`."""

from github_app.cli import main

main()
