"""Faults that the embedded services commit on request."""
