"""The log of bodies shows no value of a member that is named like a secret."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arp_sdk.core._http.redaction import REDACTED, is_secret, without_secret_members
from arp_sdk.models import RunRequest, RunRequestInput
from support.clients import DaemonClient
from support.server import Server, json_reply

SECRET = "kZ7wQx9vMARKER"
NUMBER = 7219468053

SECRET_NAMES = (
    "password", "passwd", "pass_word", "Passphrase", "pass_phrase", "passcode", "pwd", "user_pwd",
    "token", "tokens", "accessToken", "refresh-token", "id_token", "secret", "client_secret",
    "authorization", "Authorization", "auth", "proxy_auth", "basic_auth", "cookie", "cookies",
    "session", "session_id", "sessionKey", "signature", "x-signature", "credential",
    "credentials", "creds", "jwt", "client_assertion", "bearer", "csrf", "api_key", "api-key",
    "apikey", "apiKey", "access_key", "accessKey", "access_key_id", "private_key", "privateKey",
    "ssh_key", "signing_key", "encryption-key", "account_key", "storageKey", "key", "keys",
    "otp", "pin", "dsn", "connection_string",
)  # fmt: skip

PLAIN_NAMES = (
    "author", "authors", "author_id", "run_id", "state", "goal", "message", "code", "keyboard",
    "monkey", "passenger", "compass", "pinned", "www-authenticate", "title", "kind",
)  # fmt: skip


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_name_of_a_secret(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", PLAIN_NAMES)
def test_a_name_of_no_secret(name: str) -> None:
    assert not is_secret(name)


VALUES: dict[str, Any] = {
    "text": SECRET,
    "text with quotes": f'a"{SECRET}"b',
    "text with a backslash at its end": f"{SECRET}\\",
    "a number": NUMBER,
    "a negative number with a fraction": -NUMBER - 0.5,
    "a list of texts": [SECRET, SECRET],
    "a list of numbers": [1, NUMBER, 2],
    "a list of lists": [[[SECRET]], [], [NUMBER]],
    "an object": {"value": SECRET, "n": NUMBER},
    "objects in objects": {"a": {"b": [{"c": SECRET}]}, "d": NUMBER},
    "brackets in text": ["]", "}", SECRET, {"}": SECRET}],
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_the_whole_value_is_hidden(value: Any, indent: int | None) -> None:
    whole = {"before": 1, "password": value, "after": {"x": [{"token": value, "y": 2}]}}
    shown = without_secret_members(json.dumps(whole, indent=indent))
    assert SECRET not in shown
    assert str(NUMBER) not in shown
    after = {"x": [{"token": REDACTED, "y": 2}]}
    assert json.loads(shown) == {"before": 1, "password": REDACTED, "after": after}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_text_that_is_cut_anywhere(value: Any) -> None:
    whole = json.dumps({"a": 1, "password": value, "nested": json.dumps({"token": value})})
    for end in range(len(whole)):
        shown = without_secret_members(whole[:end])
        assert not any(part in shown for part in (SECRET[:4], SECRET[5:9], str(NUMBER)[:4])), shown


def test_no_secret_no_change() -> None:
    whole = json.dumps({"run_id": "r", "list": [1, 2.5, None, True, "x: y", 'q"'], "o": {}})
    assert without_secret_members(whole) == whole


OTHER_TEXTS = {
    "a name with an escape": f'{{"pass\\u0077ord": "{SECRET}"}}',
    "JSON in a string": json.dumps({"arguments": json.dumps({"password": SECRET})}),
    "JSON in a string in a string": json.dumps([json.dumps({"a": json.dumps({"pwd": [SECRET]})})]),
    "a form": f"user=u&password={SECRET}&x=1",
    "a query in a string": f'{{"url": "http://h/p?access_token={SECRET}&x=1"}}',
    "user-info in a string": f'{{"url": "http://user:{SECRET}@h/p"}}',
    "events": f'id: 1\ndata: {{"token": "{SECRET}"}}\n\ndata: {{"api_key":["{SECRET}"]}}\n\n',
    "a line of a header": f"Authorization: Bearer {SECRET}, {SECRET}\nX: y",
    "a repr": f"{{'password': '{SECRET}'}}",
    "JSON that is none": f'{{"password": Bearer {SECRET}}}',
    "no JSON behind a colon": f'"password"::: {SECRET}',
    "space around the colon": f'{{"password" \n : \n "{SECRET}"}}',
}


@pytest.mark.parametrize("text", OTHER_TEXTS.values(), ids=OTHER_TEXTS)
def test_texts_of_other_forms(text: str) -> None:
    shown = without_secret_members(text)
    assert SECRET not in shown
    assert REDACTED in shown


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(SECRET),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "token", "session"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON)
def test_what_is_shown_is_the_json_without_its_secrets(value: Any) -> None:
    def expected(item: Any) -> Any:
        if isinstance(item, dict):
            return {
                name: REDACTED if is_secret(name) else expected(inner)
                for name, inner in item.items()
            }
        return [expected(inner) for inner in item] if isinstance(item, list) else item

    shown = json.loads(without_secret_members(json.dumps(value)))
    assert shown == expected(value)


def test_bodies_in_the_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    data = {"password": NUMBER, "tokens": [SECRET], "private_key": {"pem": SECRET}, "x": "seen"}
    server.plan(json_reply({"run_id": "r", "state": "queued", "session": [SECRET], "pin": NUMBER}))
    request = RunRequest(input=RunRequestInput(goal="my goal", data=data))
    with (
        caplog.at_level(logging.DEBUG, "arp_sdk"),
        DaemonClient(server.url, log_bodies=True) as daemon,
    ):
        daemon.submit_run(request)
    assert "my goal" in caplog.text
    assert "seen" in caplog.text
    assert "queued" in caplog.text
    assert SECRET not in caplog.text
    assert str(NUMBER) not in caplog.text
