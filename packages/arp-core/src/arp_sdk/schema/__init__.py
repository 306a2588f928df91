"""What the models are made of.

Models are read liberally and sent strictly: the constraints of the contract are declared
with `OnSend` beside each field, ignored while an answer is read, and enforced by
`Model.validate` before a request is sent.
"""

from ._constraint import OnSend
from ._decode import decode_json
from ._encode import check_value, encode_json
from ._enum import OpenEnum
from ._formats import ToolFormats
from ._model import Model
from ._types import AwareDatetime
from ._union import OneOf, one_of

__all__ = [
    "AwareDatetime",
    "Model",
    "OnSend",
    "OneOf",
    "OpenEnum",
    "ToolFormats",
    "check_value",
    "decode_json",
    "encode_json",
    "one_of",
]
