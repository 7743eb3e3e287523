"""How the GitHub App comes to be: its manifest, and its registration in a browser."""
