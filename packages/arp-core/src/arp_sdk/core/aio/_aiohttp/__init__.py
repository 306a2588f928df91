"""Sending with aiohttp."""
