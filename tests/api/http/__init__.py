"""Tests of what reads requests."""
