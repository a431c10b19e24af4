"""Trace a difference to the source rows and the statement that cause it."""
