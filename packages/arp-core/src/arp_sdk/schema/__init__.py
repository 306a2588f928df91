"""The base of the models, and their types.

The client reads models liberally and sends them strictly: a field declares the constraints of the
contract with `OnSend`. Reading a response ignores them. `Model.validate` enforces them before a
request is sent.
"""

from msgspec import UnsetType

from ._constraint import OnSend
from ._decode import decode_json
from ._encode import check_value, encode_json, encode_unless
from ._enum import OpenEnum, OpenIntEnum
from ._formats.records import records
from ._formats.tools import ToolFormats
from ._model import EXTRA, Model, open_model
from ._received import decode_received
from ._types import UNSET, AwareDatetime, Upload
from ._union import OneOf, one_of

__all__ = [
    "EXTRA",
    "UNSET",
    "AwareDatetime",
    "Model",
    "OnSend",
    "OneOf",
    "OpenEnum",
    "OpenIntEnum",
    "ToolFormats",
    "UnsetType",
    "Upload",
    "check_value",
    "decode_json",
    "decode_received",
    "encode_json",
    "encode_unless",
    "one_of",
    "open_model",
    "records",
]
