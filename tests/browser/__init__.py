"""The console in a real browser, before real processes."""
