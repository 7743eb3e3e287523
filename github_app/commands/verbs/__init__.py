"""The verbs: a file each, with the verb as VERB. Whatever becomes a job has a recipe, the others say here what they do."""
