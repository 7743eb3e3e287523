"""What Harvest says on GitHub: how a comment, a check run and a pull request read. Pure.

Every sentence for people is here, in the file of what it is about: a command in `command_answers.py` and `refusals.py`, a
job in `wording.py` and `endings.py`, everything else in a file of its name.
"""
