"""Jobs that an upgrade finds in mid-flight: what Harvests before this one left, kept as text, is finished on today's code."""
