"""How many signed deliveries a second one core takes at the door, and how long each waits for its answer.

The servers get the same deliveries from the same load generator, one after the other and in several rounds: a bare Starlette,
Harvest's door and inbox with deliveries that it ignores and with ones that it stores, the whole of `harvest serve`, and Probot
without and with an equal durable insert.
"""
