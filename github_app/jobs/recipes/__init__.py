"""The recipes: a file each, with the recipe as RECIPE. A new version of one is a new file, and the old one stays."""
