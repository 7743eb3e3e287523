"""The model gateway: the agent's way to the model, which never shows it the key.

Mounted at `/llm`. A job's token comes in, the operator's key goes out; answers stream through untouched while their use is
counted against the job's budget. What the token stands for and what was spent is kept in `state/`; nothing here is durable.
"""
