"""The agent's only ways to what needs a credential: a package each. The credential stays here, outside of every sandbox."""
