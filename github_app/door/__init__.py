"""The HTTP doors: GitHub's webhook, and the health of the service. Nothing here calls GitHub."""
