"""JSON Schema for the arguments of tools, by the library that the extra `validate` brings."""

from __future__ import annotations

from typing import Any

from arp_sdk.errors import ArpConfigError


def violation(schema: dict[str, Any], value: Any) -> tuple[str, str] | None:
    """What breaks the schema most relevantly, and its JSON path; None where nothing does.

    Raises:
        ArpConfigError: If the library is not installed, or the schema is none.
    """
    try:
        from jsonschema.exceptions import SchemaError, best_match
        from jsonschema.validators import validator_for
    except ImportError:
        raise ArpConfigError(
            'validating needs a library: python3 -m pip install "arp-tool-registry[validate]"'
        ) from None
    validator = validator_for(schema)
    try:
        validator.check_schema(schema)
    except SchemaError as error:
        raise ArpConfigError(f"the tool's schema is no JSON Schema: {error.message}") from None
    found = best_match(validator(schema).iter_errors(value))
    return None if found is None else (found.message, found.json_path)
