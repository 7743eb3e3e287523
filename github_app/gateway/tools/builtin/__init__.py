"""Tool servers of Harvest's own: a file each, with what it has and how it is asked. They hold no state."""
