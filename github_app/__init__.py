"""The front door: what comes from GitHub and from people, the job that it becomes, and what goes back."""
