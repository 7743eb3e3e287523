"""What Harvest says on GitHub: how a comment, a check run and a pull request read (pure), and how they are put there once."""
