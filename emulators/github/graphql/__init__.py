"""The small part of GitHub's GraphQL API that tells what REST does not. https://docs.github.com/graphql"""
