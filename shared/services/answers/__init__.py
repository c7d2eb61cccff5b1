"""Answers from the documents."""
