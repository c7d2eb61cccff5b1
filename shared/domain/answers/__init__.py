"""Answers from the documents: sources, prompts, citations and what makes two answers the same."""
