"""Security schemes and requirements -> which operations need credentials, and which kinds."""

from __future__ import annotations

from pipeline.errors import ContractError
from pipeline.load.references import Node

_SCHEME = frozenset({"type", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl"})
_BEARER = 'a bearer token, as in `auth="..."`'
_WORDS = {
    "oauth2": _BEARER,
    "openIdConnect": _BEARER,
    "http bearer": _BEARER,
    "http basic": 'a user and a password, as in `auth=("user", "password")`',
}


class Security:
    """The security schemes of a document."""

    def __init__(self, document: Node, lenient: bool = False) -> None:
        self._document = document
        self._lenient = lenient
        components = document.get("components")
        schemes = components.members("securitySchemes") if components is not None else ()
        self._schemes = {name: child.follow() for name, child in schemes}
        self._used: list[str] = []

    def is_required(self, operation: Node) -> bool:
        """Return whether an operation requires credentials."""
        owner = operation if "security" in operation else self._document
        requirements = owner.elements("security")
        for requirement in requirements:
            self._check(requirement)
        return bool(requirements) and all(requirement.value for requirement in requirements)

    @property
    def credentials(self) -> tuple[str, ...]:
        """The kinds of credentials that the operations asked about accept, in words."""
        return tuple(dict.fromkeys(self._used))

    def _check(self, requirement: Node) -> None:
        words: list[str] = []
        for name, child in requirement.items():
            if name not in self._schemes and self._lenient:
                words.append("credentials that the contract does not describe")
                continue
            if name not in self._schemes:
                raise ContractError(child, f"there is no security scheme `{name}`")
            words.append(_words(self._schemes[name]))
        if words:
            # `auth=` takes one of several credentials, and `headers=` the others.
            self._used.append(" together with ".join(words))


def _words(scheme: Node) -> str:
    scheme.expect_only(_SCHEME)
    kind = scheme.text("type")
    if kind == "apiKey":
        if scheme.text("in") != "header":
            raise ContractError(scheme["in"], "an API key outside the headers is not supported")
        return f'an API key, as in `auth=ApiKey("...", header="{scheme.text("name")}")`'
    if kind == "http":
        kind = f"http {scheme.text('scheme').lower()}"
    if kind not in _WORDS:
        raise ContractError(scheme["type"], f"a security scheme `{kind}` is not supported")
    return _WORDS[kind]
