"""Issues, pull requests and repositories as a person sees them: plain pages made here, with one style sheet."""
