"""The recipe for tokens, as it stands on the page about credentials."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from arp_sdk.core import Token
from first_party.environment import REPOSITORY
from support.issuer import Issuer

PAGE = REPOSITORY / "docs" / "guides" / "credentials.md"
Tokens = Callable[..., Callable[[], Token]]


def tokens_for(issuer: Issuer, client: str = "test") -> Tokens:
    """Return the recipe's function, with an issuer and a client of its own."""
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    (recipe,) = (block for block in blocks if "token-exchange" in block)
    names: dict[str, Any] = {}
    exec(recipe, names)
    names |= {"TOKEN_ENDPOINT": issuer.token_endpoint, "CREDENTIALS": (client, "secret")}
    made: Tokens = names["tokens_for"]
    return made
