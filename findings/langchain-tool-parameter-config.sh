#!/usr/bin/env bash
# A langchain tool with a parameter `config` or `callbacks` never gets what the model passes for it.
#
# Versions: langchain-core 1.8.3, Python 3.11.
# Guess: a parameter of type dict or list is an argument of the tool whatever its name is, or the
#   decorator refuses names that it needs itself.
# Why it is a good guess: langchain injects a configuration where the parameter is annotated as
#   RunnableConfig, `config` is in the schema that the model sees, and reserved names are usually
#   refused when a function is decorated.
# Actual behavior: the value for `config` is dropped, and the tool runs with the default: the model asks
#   for production, and staging is deployed, without an error. `callbacks` is missing in the schema, and
#   the function gets a CallbackManager for its list. `options` shows that the types are not the reason.
# Output seen: config offered True, got {'env': 'staging'}; options offered True, got {'env': 'prod'};
#   callbacks offered False, got CallbackManager
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check langchain-core==1.8.3
"$dir/venv/bin/python" - <<'PY'
from langchain_core.tools import tool

received = {}


@tool
def deploy_with_config(service: str, config: dict = {"env": "staging"}) -> str:
    """Deploy a service."""
    received["config"] = config
    return "deployed"


@tool
def deploy_with_options(service: str, options: dict = {"env": "staging"}) -> str:
    """Deploy a service."""
    received["options"] = options
    return "deployed"


@tool
def deploy_with_callbacks(service: str, callbacks: list[str] = []) -> str:
    """Deploy a service, and call these URLs when it is done."""
    received["callbacks"] = callbacks
    return "deployed"


offered = {}
for function, name, value in [
    (deploy_with_config, "config", {"env": "prod"}),
    (deploy_with_options, "options", {"env": "prod"}),
    (deploy_with_callbacks, "callbacks", ["http://127.0.0.1/done"]),
]:
    offered[name] = name in function.tool_call_schema.model_json_schema()["properties"]
    # As a chat model calls it.
    arguments = {"service": "shop", name: value}
    call = {"type": "tool_call", "id": "1", "name": function.name, "args": arguments}
    assert function.invoke(call).content == "deployed"

manager = type(received["callbacks"]).__name__
print(
    f"config offered {offered['config']}, got {received['config']}; "
    f"options offered {offered['options']}, got {received['options']}; "
    f"callbacks offered {offered['callbacks']}, got {manager}"
)
assert offered == {"config": True, "options": True, "callbacks": False}
assert received["config"] == {"env": "staging"}
assert received["options"] == {"env": "prod"}
assert manager == "CallbackManager"
PY
