"""Numbered migrations of a session's own tables. Nothing but migrations may live here; a released one is never edited."""
