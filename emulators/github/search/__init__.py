"""Search: what a query means, and what in this memory it finds. https://docs.github.com/rest/search/search"""
