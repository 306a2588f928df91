"""Changes to a contract that its comparison with another one has to report."""

from collections.abc import Callable
from typing import Any, NamedTuple

DAEMON = "openapi/daemon.openapi.yaml"
RUNTIME = "openapi/runtime.openapi.yaml"
TOOLS = "openapi/tool-registry.openapi.yaml"
RUN_REQUEST = "schemas/runtime/runs/run_request.schema.json"
INSTANCE = "schemas/daemon/instances/runtime_instance.schema.json"

Documents = dict[str, Any]


class Mutation(NamedTuple):
    """A named change, and lines that the comparison has to contain after it."""

    name: str
    change: Callable[[Documents], object]
    reported: tuple[str, ...]


def _operation(documents: Documents, document: str, path: str, method: str) -> Any:
    return documents[document]["paths"][path][method]


def _page_size(documents: Documents) -> Any:
    return _operation(documents, DAEMON, "/v1/runs", "get")["parameters"][0]


def _limits(documents: Documents) -> Any:
    return documents[RUN_REQUEST]["properties"]["limits"]


def _move(node: Any, old: str, new: str) -> None:
    node[new] = node.pop(old)


MUTATIONS = (
    Mutation(
        "property dropped",
        lambda d: _limits(d)["properties"].pop("max_steps"),
        (
            'only in the reference: RunRequest: $.limits: property "max_steps"',
            'only in the reference: RunRequest: $.limits.max_steps: type "integer"',
            "only in the reference: RunRequest: $.limits.max_steps: minimum 1",
        ),
    ),
    Mutation(
        "property added",
        lambda d: d[RUN_REQUEST]["properties"].update(priority={}),
        ('only in ours: RunRequest: $: property "priority"',),
    ),
    Mutation(
        "property renamed",
        lambda d: _move(d[INSTANCE]["properties"], "managed", "is_managed"),
        (
            'only in ours: RuntimeInstance: $: property "is_managed"',
            'only in the reference: RuntimeInstance: $: property "managed"',
        ),
    ),
    Mutation(
        "property no longer required",
        lambda d: d[INSTANCE]["required"].remove("state"),
        ('only in the reference: RuntimeInstance: $: required "state"',),
    ),
    Mutation(
        "bound of a property changed",
        lambda d: _limits(d)["properties"]["max_steps"].update(minimum=0),
        (
            "only in ours: RunRequest: $.limits.max_steps: minimum 0",
            "only in the reference: RunRequest: $.limits.max_steps: minimum 1",
        ),
    ),
    Mutation(
        "bound replaced by a value that Python takes for equal",
        lambda d: _limits(d)["properties"]["max_steps"].update(minimum=True),
        ("only in ours: RunRequest: $.limits.max_steps: minimum true",),
    ),
    Mutation(
        "type changed",
        lambda d: _limits(d)["properties"]["timeout_ms"].update(type="number"),
        (
            'only in ours: RunRequest: $.limits.timeout_ms: type "number"',
            'only in the reference: RunRequest: $.limits.timeout_ms: type "integer"',
        ),
    ),
    Mutation(
        "default changed",
        lambda d: d[INSTANCE]["properties"]["managed"].update(default=False),
        (
            "only in ours: RuntimeInstance: $.managed: default false",
            "only in the reference: RuntimeInstance: $.managed: default true",
        ),
    ),
    Mutation(
        "format dropped",
        lambda d: d["schemas/common/health.schema.json"]["properties"]["time"].pop("format"),
        ('only in the reference: Health: $.time: format "date-time"',),
    ),
    Mutation(
        "format of a shared scalar changed",
        lambda d: d["schemas/common/endpoint_locator.schema.json"].update(format="uri-reference"),
        ('only in ours: RuntimeInstance: $.runtime_api_endpoint: format "uri-reference"',),
    ),
    Mutation(
        "pattern changed",
        lambda d: d["schemas/common/extensions.schema.json"].update(patternProperties={"^a": {}}),
        ('only in ours: Extensions: $: pattern property "^a"',),
    ),
    Mutation(
        "additional properties allowed",
        lambda d: _limits(d).update(additionalProperties=True),
        (
            "only in ours: RunRequest: $.limits: additionalProperties true",
            "only in the reference: RunRequest: $.limits: additionalProperties false",
        ),
    ),
    Mutation(
        "type of the values of a map changed",
        lambda d: d["schemas/common/metadata.schema.json"]["properties"]["labels"][
            "additionalProperties"
        ].update(type="integer"),
        ('only in ours: Metadata: $.labels.*: type "integer"',),
    ),
    Mutation(
        "enumeration value dropped",
        lambda d: d["schemas/runtime/runs/run_state.schema.json"]["enum"].remove("queued"),
        ('only in the reference: RunStatus: $.state: enum "queued"',),
    ),
    Mutation(
        "enumeration value added",
        lambda d: d["schemas/trace/trace_level.schema.json"]["enum"].append("fatal"),
        ('only in ours: TraceEvent: $.level: enum "fatal"',),
    ),
    Mutation(
        "alternative dropped",
        lambda d: d["schemas/tool_registry/tools/tool_invocation_request.schema.json"].pop("anyOf"),
        ('only in the reference: ToolInvocationRequest: $ anyOf 1: required "tool_name"',),
    ),
    Mutation(
        "minimum number of elements dropped",
        lambda d: d["schemas/common/version_info.schema.json"]["properties"][
            "supported_api_versions"
        ].pop("minItems"),
        ("only in the reference: VersionInfo: $.supported_api_versions: minItems 1",),
    ),
    Mutation(
        "model of the elements of an array changed",
        lambda d: d["schemas/daemon/runs/run_list_response.schema.json"]["properties"]["runs"][
            "items"
        ].update({"$ref": "../../runtime/runs/run_result.schema.json"}),
        (
            'only in ours: RunListResponse: $.runs[]: model "RunResult"',
            'only in the reference: RunListResponse: $.runs[]: model "RunStatus"',
        ),
    ),
    Mutation(
        "model renamed",
        lambda d: d[RUN_REQUEST].update(title="RunOrder"),
        ('only in ours: daemon: POST /v1/runs body application/json: model "RunOrder"',),
    ),
    Mutation(
        "schema file moved",
        lambda d: _move(
            d, "schemas/trace/trace_index.schema.json", "schemas/common/trace_index.schema.json"
        ),
        (
            (
                "only in the reference: schemas: schemas/trace/trace_index.schema.json: "
                'model "TraceIndex"'
            ),
        ),
    ),
    Mutation(
        "operation dropped",
        lambda d: d[RUNTIME]["paths"].pop("/v1/runs/{run_id}:cancel"),
        (
            (
                "only in the reference: runtime: POST /v1/runs/{run_id}:cancel: "
                'operationId "cancel_run"'
            ),
        ),
    ),
    Mutation(
        "operation renamed",
        lambda d: _operation(d, DAEMON, "/v1/runs", "post").update(operationId="start_run"),
        (
            'only in ours: daemon: POST /v1/runs: operationId "start_run"',
            'only in the reference: daemon: POST /v1/runs: operationId "submit_run"',
        ),
    ),
    Mutation(
        "path changed",
        lambda d: _move(d[TOOLS]["paths"], "/v1/tools", "/v1/all-tools"),
        ('only in ours: tool-registry: GET /v1/all-tools: operationId "list_tools"',),
    ),
    Mutation(
        "method changed",
        lambda d: _move(
            d[DAEMON]["paths"]["/v1/admin/runtime-profiles/{runtime_profile}"], "put", "patch"
        ),
        (
            (
                "only in ours: daemon: PATCH /v1/admin/runtime-profiles/{runtime_profile}: "
                'operationId "upsert_runtime_profile"'
            ),
        ),
    ),
    Mutation(
        "bound of a parameter changed",
        lambda d: _page_size(d)["schema"].update(maximum=100),
        (
            "only in ours: daemon: GET /v1/runs query page_size: maximum 100",
            "only in the reference: daemon: GET /v1/runs query page_size: maximum 1000",
        ),
    ),
    Mutation(
        "parameter made required",
        lambda d: _page_size(d).update(required=True),
        ("only in ours: daemon: GET /v1/runs query page_size: required true",),
    ),
    Mutation(
        "parameter moved to another part of the request",
        lambda d: _page_size(d).update({"in": "header"}),
        ('only in ours: daemon: GET /v1/runs: parameter "header page_size"',),
    ),
    Mutation(
        "parameter dropped",
        lambda d: _operation(d, DAEMON, "/v1/runs", "get")["parameters"].pop(),
        ('only in the reference: daemon: GET /v1/runs: parameter "query page_token"',),
    ),
    Mutation(
        "request body made optional",
        lambda d: _operation(d, DAEMON, "/v1/runs", "post")["requestBody"].pop("required"),
        ("only in ours: daemon: POST /v1/runs body: required false",),
    ),
    Mutation(
        "status code changed",
        lambda d: _move(_operation(d, DAEMON, "/v1/runs", "post")["responses"], "202", "200"),
        (
            'only in ours: daemon: POST /v1/runs: response "200"',
            'only in the reference: daemon: POST /v1/runs: response "202"',
        ),
    ),
    Mutation(
        "model of an answer changed",
        lambda d: _operation(d, RUNTIME, "/v1/runs/{run_id}", "get")["responses"]["200"]["content"][
            "application/json"
        ]["schema"].update({"$ref": "#/components/schemas/RunResult"}),
        ('only in ours: runtime: GET /v1/runs/{run_id} 200 application/json: model "RunResult"',),
    ),
    Mutation(
        "media type changed",
        lambda d: _move(
            _operation(d, RUNTIME, "/v1/runs/{run_id}/events", "get")["responses"]["200"][
                "content"
            ],
            "text/event-stream",
            "application/x-ndjson",
        ),
        (
            (
                "only in ours: runtime: GET /v1/runs/{run_id}/events 200: "
                'media type "application/x-ndjson"'
            ),
        ),
    ),
    Mutation(
        "refusal dropped",
        lambda d: _operation(d, TOOLS, "/v1/tools", "get")["responses"].pop("401"),
        ('only in the reference: tool-registry: GET /v1/tools: response "401"',),
    ),
    Mutation(
        "token required where it was not",
        lambda d: _operation(d, DAEMON, "/v1/health", "get").pop("security"),
        ('only in ours: daemon: GET /v1/health: security {"ArpBearerJWT": []}',),
    ),
    Mutation(
        "security scheme changed",
        lambda d: d[DAEMON]["components"]["securitySchemes"]["ArpBearerJWT"].update(scheme="basic"),
        ('only in ours: daemon: security scheme ArpBearerJWT: scheme "basic"',),
    ),
    Mutation(
        "component dropped",
        lambda d: d[RUNTIME]["components"]["schemas"].pop("RunEvent"),
        ('only in the reference: runtime: component RunEvent: model "RunEvent"',),
    ),
    Mutation(
        "version of the API changed",
        lambda d: d[DAEMON]["info"].update(version="v2"),
        ('only in ours: daemon: info: version "v2"',),
    ),
)
