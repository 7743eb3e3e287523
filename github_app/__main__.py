"""`python -m github_app` is the command `harvest`."""

from github_app.operator.cli import main

main()
