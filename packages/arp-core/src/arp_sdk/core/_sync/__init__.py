"""Clients that block the calling thread."""
