"""What GitHub remembers: plain data and the questions it can answer about itself. No HTTP, no JSON; a repository knows the
way to its git and doesn't go there."""
