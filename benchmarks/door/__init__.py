"""How many signed deliveries a second one core takes at the door, and how long each waits for its answer.

Five servers get the same deliveries from the same load generator, one after the other and in several rounds: a bare Starlette,
the whole of `harvest serve` with deliveries that it ignores, its door and inbox with deliveries that it stores, and Probot
without and with an equal durable insert.
"""
