"""What can be asked of Harvest: one file a verb, who may say it and where, and the way from an ask to what becomes of it."""
