"""`make migrate-model` changes the embedding model of a collection of a running Inkdex.

The workers do the work. The command starts it, shows how far it is, and asks for the next step.
"""
