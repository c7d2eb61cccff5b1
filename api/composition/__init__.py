"""Builds the API's services from its settings. Nothing else in the API builds one."""
