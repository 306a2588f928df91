"""The embedded tool registry."""
