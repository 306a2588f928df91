from __future__ import annotations

import re

import pytest

from arp_sdk.schema import Model

from .hints import attribute_hints, has_any, is_json_object, signature_hints
from .public import Public, classes, functions


def _asynchronous(package: str | None, client: str) -> str:
    return f"{'core.aio' if package else ''}.Async{client}."


ANY_JSON = "free-form JSON"
ASGI = "as ASGI specifies"
ANY_TYPE = "a type expression, for which Python 3.10 has no type"
GENERATED = "for generated packages, which type what they pass on"

OVERLOADED = "typed by its overloads"
LAST = "the last answer, of whatever was waited for"
OF_MCP = "the signature of the method of `mcp` that it extends"
OF_ANY_CONTRACT = "a model of the contract that a client was generated from"

ALLOWED = {
    "arp_sdk.core.EffectKey.lookup": GENERATED,
    "arp_sdk.core.HttpResponse.source": "the transport's own object, of no declared type",
    "arp_sdk.core.Operation.response_type.return": ANY_TYPE,
    "arp_sdk.core.Operation.responses": ANY_TYPE,
    "arp_sdk.core.Operation.body": ANY_TYPE,
    "arp_sdk.core.Operation.events": ANY_TYPE,
    "arp_sdk.core.Parameter.type": ANY_TYPE,
    "arp_sdk.core.Content.type": ANY_TYPE,
    "arp_sdk.sandbox.Faults.__init__.services": GENERATED,
    "arp_sdk.server.App.__call__.receive": ASGI,
    "arp_sdk.server.App.__call__.scope": ASGI,
    "arp_sdk.server.App.__call__.send": ASGI,
    "arp_sdk.server.App.operation.return": GENERATED,
    "arp_sdk.server.App.operation.scope": ASGI,
    "arp_sdk.server.Contract.operations": GENERATED,
    "arp_sdk.server.Request.__init__.scope": ASGI,
    "arp_sdk.server.ServiceError.__init__.details": ANY_JSON,
    "arp_sdk.server.send_error.scope": ASGI,
    "arp_sdk.server.send_error.send": ASGI,
    "arp_sdk.errors.ArpApiError.__init__.cause": ANY_JSON,
    "arp_sdk.errors.ArpApiError.__init__.details": ANY_JSON,
    "arp_sdk.errors.ArpApiError.cause": ANY_JSON,
    "arp_sdk.errors.ArpApiError.details": ANY_JSON,
    "arp_sdk.errors.ArpError.__reduce__.return": "as in object",
    "arp_sdk.core.Client.__deepcopy__.memo": "as in copy.deepcopy",
    "arp_sdk.core.Client.__getstate__.return": "as in object",
    "arp_sdk.core.Client.__setstate__.state": "as in object",
    "arp_sdk.core.Invocable.invoke": GENERATED,
    "arp_sdk.core.Leasable.create": GENERATED,
    "arp_sdk.core.Leasable.list": GENERATED,
    "arp_sdk.core.LongRunning.at.source": "a client, which the layers above know",
    "arp_sdk.core.LongRunning.source": "a client, which the layers above know",
    "arp_sdk.core.LongRunning.cancel": GENERATED,
    "arp_sdk.core.LongRunning.events": GENERATED,
    "arp_sdk.core.LongRunning.failure.result": GENERATED,
    "arp_sdk.core.LongRunning.is_final.status": GENERATED,
    "arp_sdk.core.LongRunning.request.given": GENERATED,
    "arp_sdk.core.LongRunning.request.return": GENERATED,
    "arp_sdk.core.Pageable.operation": GENERATED,
    "arp_sdk.core.WorkerLookup.workers": GENERATED,
    "arp_sdk.errors.ArpNotReadyError.__init__.last": LAST,
    "arp_sdk.errors.ArpNotReadyError.last": LAST,
    "arp_sdk.errors.ArpWaitTimeoutError.__init__.last": LAST,
    "arp_sdk.errors.ArpWaitTimeoutError.last": LAST,
    "arp_sdk.errors.ArpRunFailed.__init__.result": OF_ANY_CONTRACT,
    "arp_sdk.errors.ArpRunFailed.__init__.status": OF_ANY_CONTRACT,
    "arp_sdk.errors.ArpRunFailed.result": OF_ANY_CONTRACT,
    "arp_sdk.errors.ArpRunFailed.status": OF_ANY_CONTRACT,
    "arp_sdk.check.Exchange.json.return": ANY_JSON,
    "arp_sdk.check.Settings.request": ANY_JSON,
    "arp_sdk.errors.ArpToolError.__init__.result": OF_ANY_CONTRACT,
    "arp_sdk.errors.ArpToolError.result": OF_ANY_CONTRACT,
    "arp_sdk.mcp.Connection.__init__.target": "any transport or server that `mcp.Client` takes",
    "arp_sdk.mcp.HostServer.get_capabilities.experimental_capabilities": OF_MCP,
    "arp_sdk.mcp.HostServer.get_capabilities.extensions": OF_MCP,
    "arp_sdk.mcp.RegistryTools.call.arguments": ANY_JSON,
    "arp_sdk.mcp.RunTools.call.arguments": ANY_JSON,
    "arp_sdk.mcp.Source.call.arguments": ANY_JSON,
    "arp_sdk.mcp.http_app.return": "an ASGI application, whose types each library has for itself",
    "arp_sdk.schema.Model.from_dict.data": ANY_JSON,
    "arp_sdk.schema.records.return": ANY_JSON,
    "arp_sdk.schema.ToolFormats.to_mcp.return": ANY_JSON,
    "arp_sdk.schema.ToolFormats.to_openai.return": ANY_JSON,
    "arp_sdk.schema.ToolFormats.input_schema": ANY_JSON,
    "arp_sdk.schema.ToolFormats.output_schema": ANY_JSON,
    "arp_sdk.tool_registry.ToolRegistryClient.dispatch.return": ANY_JSON,
    "arp_sdk.tool_registry.ToolRegistryClient.invoke.arguments": ANY_JSON,
    "arp_sdk.tool_registry.ToolRegistryClient.invoke.return": ANY_JSON,
    "arp_sdk.tool_registry.ToolRegistryClient.validate.arguments": ANY_JSON,
    "arp_sdk.schema.Model.to_dict.return": ANY_JSON,
    "arp_sdk.schema.OnSend.__init__.limits": "the keywords of msgspec.Meta",
    "arp_sdk.schema.Model.replace.changes": "values of any of the model's fields",
    "arp_sdk.schema.OneOf.mapping": ANY_TYPE,
    "arp_sdk.schema.OneOf.read_as": ANY_TYPE,
    "arp_sdk.schema.OneOf.variants": ANY_TYPE,
    "arp_sdk.schema.encode_unless.type_": ANY_TYPE,
    "arp_sdk.schema.check_value.type_": ANY_TYPE,
    "arp_sdk.schema.check_value.value": "anything, which it checks",
    "arp_sdk.schema.encode_unless.value": "anything, which it checks",
    "arp_sdk.v0_3.run_gateway.RunGatewayClient.follow.return": OVERLOADED,
    "arp_sdk.v0_3.run_gateway.RunGatewayClient.run_many.on_progress": OVERLOADED,
    "arp_sdk.v0_3.run_gateway.RunGatewayClient.run_many.return": OVERLOADED,
    "arp_sdk.schema.decode_json.return": GENERATED,
    "arp_sdk.schema.decode_json.type_": ANY_TYPE,
    "arp_sdk.schema.decode_received.return": GENERATED,
    "arp_sdk.schema.decode_received.type_": ANY_TYPE,
    "arp_sdk.schema.encode_json.type_": ANY_TYPE,
    "arp_sdk.schema.encode_json.value": "anything, which it checks",
    "arp_sdk.schema.one_of.mapping": ANY_TYPE,
    "arp_sdk.schema.one_of.variants": ANY_TYPE,
}
# An asynchronous client is typed as the synchronous one is.
ALLOWED |= {
    re.sub(r"(core)?\.(\w*Client)\.", lambda m: _asynchronous(m[1], m[2]), name): why
    for name, why in ALLOWED.items()
    if re.search(r"\.\w*Client\.", name)
}
"""Places in the public interface that have `Any`, with the reason."""


def in_signatures() -> set[str]:
    return {
        f"{function.name}.{name}"
        for function in functions()
        for name, hint in signature_hints(function).items()
        if has_any(hint)
    }


def in_attributes() -> set[str]:
    return {
        f"{owner.name}.{name}"
        for owner in classes()
        for name, hint in attribute_hints(owner).items()
        if has_any(hint) and not _is_property_of_the_contract(owner, hint)
    }


def _is_property_of_the_contract(owner: Public, hint: object) -> bool:
    return issubclass(owner.value, Model) and is_json_object(hint)


def test_no_signature_has_any() -> None:
    assert in_signatures() - ALLOWED.keys() == set()


def test_no_attribute_has_any() -> None:
    assert in_attributes() - ALLOWED.keys() == set()


def test_nothing_is_allowed_in_vain() -> None:
    assert ALLOWED.keys() - in_signatures() - in_attributes() == set()


@pytest.mark.parametrize("package", ["daemon", "runtime", "tool_registry"])
def test_clients_need_no_exception_but_for_json(package: str) -> None:
    needed = {why for name, why in ALLOWED.items() if name.startswith(f"arp_sdk.{package}.")}
    assert needed <= {ANY_JSON}


def test_the_walk_finds_what_there_is() -> None:
    names = {function.name for function in functions()}
    assert {
        "arp_sdk.core.Client.__init__",
        "arp_sdk.core.Client.with_options",
        "arp_sdk.daemon.DaemonClient.submit_run",
        "arp_sdk.daemon.DaemonClient.raw",
        "arp_sdk.schema.Model.from_json",
        "arp_sdk.schema.decode_json",
    } <= names
