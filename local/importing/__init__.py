"""`make import`: a file of documents, or a folder of texts, into a running Inkdex.

It reads as it sends, so its memory does not grow with the file, and notes how far it came, so
that it goes on from there when it was interrupted. What was sent twice is unchanged.
"""
