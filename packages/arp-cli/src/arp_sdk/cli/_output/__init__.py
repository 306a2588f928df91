"""Data on stdout, for people and for programs."""
