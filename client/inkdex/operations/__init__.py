"""What the API can do. Each operation is described once, here: its request, and its answer.

The name of each module is that of a group of methods in `inkdex.client`.
"""
