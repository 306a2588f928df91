"""Requests sent with aiohttp."""
