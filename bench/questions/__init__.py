"""Pairs of questions: some that ask for different things, and some that ask the same."""
