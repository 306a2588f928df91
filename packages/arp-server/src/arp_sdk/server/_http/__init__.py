"""Requests and responses, as ASGI messages."""
