"""What should have come by webhook and did not: asked for at GitHub, on a schedule."""
