"""The students of a business: who they are, found by any part of their name, brought in from a paper
register.
"""
