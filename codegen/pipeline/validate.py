"""Stage 2: refuse what is not valid OpenAPI or JSON Schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from openapi_spec_validator import validate as validate_openapi
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from .load import Contract, load_file
from .problem import ContractError


def validate_contract(contract: Contract) -> None:
    """Check each OpenAPI document and each schema file by itself."""
    for path in contract.documents.values():
        _validate_document(contract.root, path)
    for path in contract.schemas:
        _validate_schema(contract.root, path)


def _validate_document(root: Path, path: Path) -> None:
    document = load_file(path)
    try:
        validate_openapi(document, base_uri=path.as_uri())
    except OpenAPIValidationError as error:
        raise ContractError(_where(root, path, error.absolute_path), error.message) from error
    except Exception as error:
        # Unresolvable references surface as whatever the resolver of the validator raises.
        raise ContractError(path.relative_to(root), f"is not valid OpenAPI ({error})") from error


def _validate_schema(root: Path, path: Path) -> None:
    try:
        Draft202012Validator.check_schema(load_file(path))
    except SchemaError as error:
        raise ContractError(_where(root, path, error.absolute_path), error.message) from error


def _where(root: Path, path: Path, keys: Any) -> str:
    pointer = "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)
    return f"{path.relative_to(root)}#{pointer}"
