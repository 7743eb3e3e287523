"""Pictures that agents attached, on their way to people: drawn anew from their pixels, and pushed to a branch of their own.

What a picture was made of is the agent's, and hostile: it is opened in a process of its own (`redraw.py`), and nowhere else.
"""
