"""What GitHub remembers. Plain data and the questions it can answer about itself; no HTTP, no JSON, no git."""
