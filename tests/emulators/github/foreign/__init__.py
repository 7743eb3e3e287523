"""The emulated GitHub tried by clients that nobody here wrote: a part of the campaign, because they are installed first."""
