"""What people see of a job and its session on GitHub: one file a place, and each the only one that writes there."""
