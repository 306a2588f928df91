"""The embedded daemon."""
