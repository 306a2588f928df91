"""The tool registry."""
