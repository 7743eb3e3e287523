"""The only way out for an agent's commits: vetted in a clean repository, pushed once with a lease. Nothing else pushes."""
