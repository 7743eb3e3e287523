"""Signing in to an App: a person lets it act in their name, and it gets a token for that.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""
