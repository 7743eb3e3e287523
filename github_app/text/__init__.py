"""Text that crosses the border: cleaned on its way in to the agent, neutralised and redacted on its way out. No I/O here."""
