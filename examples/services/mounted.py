"""A FastAPI application with the tool registry mounted. Run it: uvicorn mounted:web --port 8000"""

from __future__ import annotations

from fastapi import FastAPI
from registry import Registry, tools

from arp_sdk.server import app

web = FastAPI()
web.mount("/arp", app(Registry(), auth=None))


@web.get("/")
async def home() -> dict[str, int]:
    """Tell how many tools there are; clients use the base URL http://127.0.0.1:8000/arp."""
    return {"tools": len(tools.definitions)}
