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
        from referencing import Registry
        from referencing.exceptions import Unresolvable
    except ImportError:
        raise ArpConfigError(
            'validating needs a library: python3 -m pip install "arp-tool-registry[validate]"'
        ) from None
    reason = ""
    try:
        validator = validator_for(schema)
        validator.check_schema(schema)
        # With a registry of its own, a schema cannot make this program fetch what it refers to.
        errors = validator(schema, registry=Registry()).iter_errors(value)
        found = best_match(errors)
        return None if found is None else (found.message, found.json_path)
    except SchemaError as error:
        reason = error.message
    except Unresolvable as error:
        reason = f"it refers to {error.ref}, which is not in it"
    except (RecursionError, TypeError, AttributeError) as error:
        reason = f"it cannot be used ({type(error).__name__})"
    raise ArpConfigError(f"the tool's schema is no JSON Schema: {reason}")
