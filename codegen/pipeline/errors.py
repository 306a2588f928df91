from __future__ import annotations


class ContractError(Exception):
    """The contract is invalid, or has a construct that the pipeline does not support.

    Args:
        where: File and JSON pointer, such as `openapi/pets.openapi.yaml#/paths/~1v1~1pets`.
        what: The fault, and how to avoid it.
    """

    def __init__(self, where: object, what: str) -> None:
        super().__init__(f"{where}: {what}")
