"""What every agent is told about how to work: the pages of docs/ai/, which are packaged here."""
