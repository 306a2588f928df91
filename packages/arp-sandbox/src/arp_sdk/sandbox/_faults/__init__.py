"""Faults that a test asks the services to inject."""
