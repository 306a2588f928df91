"""The situations of the guide: a response, and the call that receives it."""

from __future__ import annotations

from dataclasses import dataclass

from support.server import Reply, error_reply, json_reply

RUN = {"run_id": "run_1", "state": "succeeded"}
STATUS = "client.get_run_status('run_1')"
SUBMIT = "client.submit_run(RunRequest.from_dict({'input': {'goal': 'hello'}})).run_id"
DELETE = "client.delete_instance('instance_1')"
HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Situation:
    """A response, or None for an address without a service, and a call."""

    reply: Reply | None
    call: str


SITUATIONS = {
    "404 with an ErrorEnvelope": Situation(error_reply(404), STATUS),
    "404 with other JSON": Situation(json_reply({"detail": "no"}, 404), STATUS),
    "404 without a body": Situation(Reply(404), STATUS),
    "500 with HTML": Situation(Reply(500, b"<p>no</p>", HTML), STATUS),
    "599 with an ErrorEnvelope": Situation(error_reply(599), STATUS),
    "incomplete JSON": Situation(Reply(200, b'{"run_id": "run_1",', JSON), STATUS),
    "a required field is missing": Situation(json_reply({"state": "succeeded"}), STATUS),
    "an optional field is null": Situation(
        json_reply({**RUN, "started_at": None}), f"{STATUS}.started_at"
    ),
    "an optional field is absent": Situation(json_reply(RUN), f"{STATUS}.started_at"),
    "an unknown value of an enumeration": Situation(
        json_reply({**RUN, "state": "paused"}), f"{STATUS}.state.value"
    ),
    "`submit_run` with status 200": Situation(json_reply(RUN), SUBMIT),
    "`delete_instance` with status 204": Situation(Reply(204), DELETE),
    "`delete_instance` with status 200": Situation(json_reply({}), DELETE),
    "the identifier `..`": Situation(Reply(204), "client.delete_instance('..')"),
    "the identifier None": Situation(json_reply(RUN), "client.get_run_status(None).run_id"),
    "the service closes the connection": Situation(Reply(0), STATUS),
    "no service at the address": Situation(None, STATUS),
    "no `base_url`": Situation(None, "DaemonClient()"),
}

# It runs with both versions, and uses names that both have.
PROGRAM = """
import json, sys
from arp_sdk.daemon import DaemonClient
from arp_sdk.models import RunRequest

def outcome(url, call):
    client = DaemonClient(url)
    try:
        value = eval(call)
    except Exception as error:
        return type(error).__name__
    return "UNSET" if type(value).__name__ == "Unset" else repr(value)

print(json.dumps([outcome(*each) for each in json.loads(sys.argv[1])]))
"""
