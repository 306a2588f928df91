"""Sending with requests and urllib3."""
