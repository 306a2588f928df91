"""What the guide says may happen: how a service answers, and the call that it answers."""

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
    """An answer, or None for a service that is not there, and a call."""

    reply: Reply | None
    call: str


SITUATIONS = {
    "a status is 404, with an ErrorEnvelope": Situation(error_reply(404), STATUS),
    "a status is 404, with other JSON": Situation(json_reply({"detail": "no"}, 404), STATUS),
    "a status is 404, with nothing": Situation(Reply(404), STATUS),
    "a status is 500, with HTML": Situation(Reply(500, b"<p>no</p>", HTML), STATUS),
    "a status is 599, with an ErrorEnvelope": Situation(error_reply(599), STATUS),
    "JSON is cut off": Situation(Reply(200, b'{"run_id": "run_1",', JSON), STATUS),
    "a required field is missing": Situation(json_reply({"state": "succeeded"}), STATUS),
    "an optional field is null": Situation(
        json_reply({**RUN, "started_at": None}), f"{STATUS}.started_at"
    ),
    "an optional field is absent": Situation(json_reply(RUN), f"{STATUS}.started_at"),
    "a value of an enumeration is new": Situation(
        json_reply({**RUN, "state": "paused"}), f"{STATUS}.state.value"
    ),
    "a run is submitted, and the status is 200": Situation(json_reply(RUN), SUBMIT),
    "an instance is deleted, and the status is 204": Situation(Reply(204), DELETE),
    "an instance is deleted, and the status is 200": Situation(json_reply({}), DELETE),
    "an identifier is `..`": Situation(Reply(204), "client.delete_instance('..')"),
    "an identifier is None": Situation(json_reply(RUN), "client.get_run_status(None).run_id"),
    "the service hangs up": Situation(Reply(0), STATUS),
    "nobody listens": Situation(None, STATUS),
    "`base_url` is not given": Situation(None, "DaemonClient()"),
}

# Both versions run it: the names that it uses are those that they share.
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
