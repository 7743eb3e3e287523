"""The repository that this GitHub starts with, as files: one folder a commit, holding what that commit adds or changes."""
