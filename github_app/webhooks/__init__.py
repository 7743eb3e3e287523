"""A delivery on its way in: taken at the door, kept in the inbox, read into an event, and turned into an ask.

What is then done for it is the business of commands and jobs. `missed/` looks for what never arrived.
"""
