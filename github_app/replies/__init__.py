"""What Harvest says on GitHub: how a comment, a check run and a pull request read. Pure; every sentence for people is in
`wording.py` and `refusals.py`.
"""
