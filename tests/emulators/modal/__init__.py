"""The emulated Modal, through the unmodified SDK."""
