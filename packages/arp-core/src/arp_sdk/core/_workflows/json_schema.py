"""The check of a tool's arguments against its JSON Schema, with the extra `validate`."""

from __future__ import annotations

from typing import Any

from arp_sdk.errors import ArpConfigError


def violation(schema: dict[str, Any], value: Any) -> tuple[str, str] | None:
    """Return the most relevant violation of a schema and its JSON path, or None.

    Args:
        schema: The JSON Schema.
        value: The JSON value to check.

    Raises:
        ArpConfigError: If the library is not installed, or the schema is not valid.
    """
    try:
        from jsonschema.exceptions import SchemaError, best_match
        from jsonschema.validators import validator_for
        from referencing import Registry
        from referencing.exceptions import Unresolvable
    except ImportError:
        raise ArpConfigError(
            'validate needs jsonschema: python3 -m pip install "arp-tool-registry[validate]"'
        ) from None
    reason = ""
    try:
        validator = validator_for(schema)
        validator.check_schema(schema)
        # An empty registry keeps a schema from fetching the URLs that it refers to.
        errors = validator(schema, registry=Registry()).iter_errors(value)
        found = best_match(errors)
        return None if found is None else (found.message, found.json_path)
    except SchemaError as error:
        reason = error.message
    except Unresolvable as error:
        reason = f"it refers to {error.ref}, which it does not contain"
    except (RecursionError, TypeError, AttributeError) as error:
        reason = f"it cannot be used ({type(error).__name__})"
    raise ArpConfigError(f"the tool's input_schema is not a valid JSON Schema: {reason}")
