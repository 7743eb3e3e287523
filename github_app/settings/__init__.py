"""What the operator and a repository set: read and checked once, and typed from then on. No I/O but reading them."""
