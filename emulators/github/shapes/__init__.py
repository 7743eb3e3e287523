"""How each thing looks in GitHub's JSON. Pure functions from the model (and facts asked of git beforehand) to dictionaries."""
