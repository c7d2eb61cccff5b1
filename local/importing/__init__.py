"""`make import` loads a file of documents, or a folder of texts, into a running Inkdex.

It reads while it sends, so its memory does not grow with the file. After each answer it stores
its position, and the next run continues there. Documents that arrive twice are unchanged.
"""
