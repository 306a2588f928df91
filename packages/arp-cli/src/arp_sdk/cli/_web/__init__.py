"""The web page: Starlette and our asynchronous clients behind it, HTML made here."""
