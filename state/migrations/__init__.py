"""Numbered migrations of the shared tables. Nothing but migrations may live here; a released one is never edited."""
