"""Statements on tenants, keys and the audit log."""
