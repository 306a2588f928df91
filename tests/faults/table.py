"""The expected outcome of each fault, for each kind of operation.

Columns of `TABLE`:

- fault: its name in the catalogue. `-before`: the server never sees the request; `-after`: the
  server has carried it out. Where the name says neither, the last figure of the cells tells.
- when: `once`: it hits the first request; `always`: it hits every request, look-ups included;
  `both`: these two, with the same outcome; `sends`: it hits every request except look-ups.
- safe, put, delete, keyed, plain: GET, PUT, DELETE, a POST with an idempotency key that the client
  chooses, any other POST. In the column delete, `=` means the same as for PUT.

A cell says what was sent, the outcome of the call, and the number of effects:

- `S` is the request, `?` a look-up of its effect, `>` a redirect that was followed, `>*` any
  number of them. The client may send a request three times (two retries).
- `ok` is the right result. The errors are ArpConnectionError (`conn`), ArpTimeoutError
  (`timeout`), ArpDecodeError (`decode`), ArpResponseTooLargeError (`large`), ArpRedirectError
  (`moved`) and ArpApiError (its status).
- The effect occurs once or not at all; a safe request has none. `-` means that there is no case.

After a timeout and after a 504 the server may still be at work. A look-up that finds nothing then
proves nothing: it is repeated, and the request is not sent again.

So `SS ok 1` is success by a retry, `S?S ok 1` the same after a look-up that found nothing,
`S? ok 1` success by a look-up that found the effect, and `S conn 1` an error although the request
took effect, which the client could not know.

`SEQUENCES` has the same cells for requests that each meet another fault, or `pass`. `PERMITTED` is
for a client with `idempotent=True`, which takes every plain POST for idempotent: only there may
the effect occur twice. `ASYNCIO` has the outcomes that differ for the asynchronous clients.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from faults.catalogue import FAULTS
from faults.operations import TRIALS, Trial
from support.clients import KINDS
from support.clients import Kind as ClientKind
from support.proxy import PATIENT, Always, Fault, Limits, Plan, Script

TABLE = """
fault                 when    safe         put            delete      keyed            plain

The request certainly did not arrive: every operation is retried.
refused               once    SS ok        SS ok 1        =           SS ok 1          SS ok 1
refused               always  SSS conn     SSS conn 0     =           SSS conn 0       SSS conn 0
unreachable           once    SS ok        SS ok 1        =           SS ok 1          SS ok 1
unreachable           always  SSS timeout  SSS timeout 0  =           SSS timeout 0    SSS timeout 0
idle-close            once    S ok         S ok 1         =           S ok 1           S ok 1
idle-reset            once    S ok         S ok 1         =           S ok 1           S ok 1
idle-408              once    S ok         S ok 1         =           S ok 1           S ok 1

The connection breaks, and the client cannot know whether the request took effect.
close-on-accept       once    SS ok        SS ok 1        =           S?S ok 1         S conn 0
close-on-accept       always  SSS conn     SSS conn 0     =           S??? conn 0      S conn 0
reset-unread          once    SS ok        SS ok 1        =           S?S ok 1         S conn 0
reset-unread          always  SSS conn     SSS conn 0     =           S??? conn 0      S conn 0
idle-race             once    SS ok        SS ok 1        =           S?S ok 1         S conn 0
reset-before          once    SS ok        SS ok 1        =           S?S ok 1         S conn 0
reset-before          always  SSS conn     SSS conn 0     =           S??? conn 0      S conn 0
reset-before          sends   -            -              -           S?S?S conn 0     -
reset-after           once    SS ok        SS ok 1        =           S? ok 1          S conn 1
reset-after           always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
reset-after           sends   -            -              -           S? ok 1          -
close-before          once    SS ok        SS ok 1        =           S?S ok 1         S conn 0
close-before          always  SSS conn     SSS conn 0     =           S??? conn 0      S conn 0
close-before          sends   -            -              -           S?S?S conn 0     -
close-after           once    SS ok        SS ok 1        =           S? ok 1          S conn 1
close-after           always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
close-after           sends   -            -              -           S? ok 1          -
reset-in-head         once    SS ok        SS ok 1        =           S? ok 1          S conn 1
reset-in-head         always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
close-in-status-line  once    SS ok        SS ok 1        =           S? ok 1          S conn 1
close-in-status-line  always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
close-in-head         once    SS ok        SS ok 1        =           S? ok 1          S conn 1
close-in-head         always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
reset-in-body         once    SS ok        SS ok 1        =           S? ok 1          S conn 1
reset-in-body         always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
close-in-body         once    SS ok        SS ok 1        =           S? ok 1          S conn 1
close-in-body         always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
close-in-chunk        once    SS ok        SS ok 1        =           S? ok 1          S conn 1
close-in-chunk        always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
close-between-chunks  once    SS ok        SS ok 1        =           S? ok 1          S conn 1
close-between-chunks  always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
reset-unframed        once    SS ok        SS ok 1        =           S? ok 1          S conn 1
reset-unframed        always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1

The server sends nothing, or nothing more.
stall-before          once    SS ok        SS ok 1        =           S?? timeout 0    S timeout 0
stall-before          always  SSS timeout  SSS timeout 0  =           S??? timeout 0   S timeout 0
stall-before          sends   -            -              -           S?? timeout 0    -
stall-after           once    SS ok        SS ok 1        =           S? ok 1          S timeout 1
stall-after           always  SSS timeout  SSS timeout 1  =           S??? timeout 1   S timeout 1
stall-after           sends   -            -              -           S? ok 1          -
stall-in-head         once    SS ok        SS ok 1        =           S? ok 1          S timeout 1
stall-in-body         once    SS ok        SS ok 1        =           S? ok 1          S timeout 1

Bytes arrive until the deadline: no time is left for another attempt.
drip-head             once    S timeout    S timeout 1    =           S timeout 1      S timeout 1
drip-body             once    S timeout    S timeout 1    =           S timeout 1      S timeout 1
drip-1xx              once    S timeout    S timeout 1    =           S timeout 1      S timeout 1
flood-1xx             once    S timeout    S timeout 1    =           S timeout 1      S timeout 1

The response is not HTTP, or its end cannot be determined.
garbage-before        once    SS ok        SS ok 1        =           S?S ok 1         S conn 0
garbage-before        always  SSS conn     SSS conn 0     =           S??? conn 0      S conn 0
garbage-after         once    SS ok        SS ok 1        =           S? ok 1          S conn 1
garbage-after         always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
garbage-line-before   once    SS ok        SS ok 1        =           S?S ok 1         S conn 0
garbage-line-before   always  SSS conn     SSS conn 0     =           S??? conn 0      S conn 0
garbage-line-after    once    SS ok        SS ok 1        =           S? ok 1          S conn 1
garbage-line-after    always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
ssh                   once    SS ok        SS ok 1        =           S?S ok 1         S conn 0
ssh                   always  SSS conn     SSS conn 0     =           S??? conn 0      S conn 0
status-word           once    SS ok        SS ok 1        =           S? ok 1          S conn 1
status-word           always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
http-9                once    SS ok        SS ok 1        =           S? ok 1          S conn 1
http-9                always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
length-word           once    SS ok        SS ok 1        =           S? ok 1          S conn 1
length-word           always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
length-negative       once    SS ok        SS ok 1        =           S? ok 1          S conn 1
length-negative       always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
length-conflict       once    SS ok        SS ok 1        =           S? ok 1          S conn 1
length-conflict       always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
headers-many          once    SS ok        SS ok 1        =           S? ok 1          S conn 1
headers-many          always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
header-long           once    SS ok        SS ok 1        =           S? ok 1          S conn 1
header-long           always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
headers-endless       once    SS ok        SS ok 1        =           S? ok 1          S conn 1
headers-endless       always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
chunk-word            once    SS ok        SS ok 1        =           S? ok 1          S conn 1
chunk-word            always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
chunk-negative        once    SS ok        SS ok 1        =           S? ok 1          S conn 1
chunk-negative        always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
chunk-minus-one       once    SS ok        SS ok 1        =           S? ok 1          S conn 1
chunk-minus-one       always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
chunk-long-line       once    SS ok        SS ok 1        =           S? ok 1          S conn 1
chunk-long-line       always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
100-only              once    SS ok        SS ok 1        =           S? ok 1          S conn 1
100-only              always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1

The response is unusual but unambiguous.
length-twice          both    S ok         S ok 1         =           S ok 1           S ok 1
length-and-chunks     both    S ok         S ok 1         =           S ok 1           S ok 1
headers-twice         both    S ok         S ok 1         =           S ok 1           S ok 1
gzip                  both    S ok         S ok 1         =           S ok 1           S ok 1
100-first             both    S ok         S ok 1         =           S ok 1           S ok 1
103-first             both    S ok         S ok 1         =           S ok 1           S ok 1
1xx-many              both    S ok         S ok 1         =           S ok 1           S ok 1
response-twice        both    S ok         S ok 1         =           S ok 1           S ok 1
bytes-too-many        both    S ok         S ok 1         =           S ok 1           S ok 1
201                   both    S ok         S ok 1         =           S ok 1           S ok 1
202                   both    S ok         S ok 1         =           S ok 1           S ok 1

The response is complete but wrong. A retry would not change it.
200-empty             both    S decode     S decode 1     S ok 1      S decode 1       S decode 1
204                   both    S decode     S decode 1     S ok 1      S decode 1       S decode 1
json-cut              both    S decode     S decode 1     S ok 1      S decode 1       S decode 1
json-other            both    S decode     S decode 1     S ok 1      S decode 1       S decode 1
json-not-utf-8        both    S decode     S decode 1     S ok 1      S decode 1       S decode 1
length-short          both    S decode     S decode 1     S ok 1      S decode 1       S decode 1
close-unframed        both    S decode     S decode 1     S ok 1      S decode 1       S decode 1
gzip-cut              both    S decode     S decode 1     S ok 1      S decode 1       S decode 1
gzip-garbage          both    S decode     S decode 1     =           S decode 1       S decode 1
200-html              both    S decode     S decode 0     =           S decode 0       S decode 0

The response is larger than the client allows.
bomb                  both    S large      S large 1      =           S large 1        S large 1
bomb-in-bomb          both    S large      S large 1      =           S large 1        S large 1
endless               both    S large      S large 1      =           S large 1        S large 1
endless-chunks        both    S large      S large 1      =           S large 1        S large 1
endless-unframed      both    S large      S large 1      =           S large 1        S large 1
endless-error         both    S large      S large 1      =           S large 1        S large 1
endless-redirect      both    S large      S large 1      =           S large 1        S large 1

An error status that is final.
401                   both    S 401        S 401 0        =           S 401 0          S 401 0
429-wait-30           both    S 429        S 429 0        =           S 429 0          S 429 0
429-wait-3600         both    S 429        S 429 0        =           S 429 0          S 429 0
500-before            both    S 500        S 500 0        =           S 500 0          S 500 0
500-after             both    S 500        S 500 1        =           S 500 1          S 500 1
999                   both    S 999        S 999 0        =           S 999 0          S 999 0

An error status that says that nothing was done: every operation is retried.
429                   once    SS ok        SS ok 1        =           SS ok 1          SS ok 1
429                   always  SSS 429      SSS 429 0      =           SSS 429 0        SSS 429 0
429-wait-0            once    SS ok        SS ok 1        =           SS ok 1          SS ok 1
429-wait-0            always  SSS 429      SSS 429 0      =           SSS 429 0        SSS 429 0
503-wait-0            once    SS ok        SS ok 1        =           SS ok 1          SS ok 1
503-wait-0            always  SSS 503      SSS 503 0      =           SSS 503 0        SSS 503 0
503-wait-date         once    SS ok        SS ok 1        =           SS ok 1          SS ok 1
503-wait-date         always  SSS 503      SSS 503 0      =           SSS 503 0        SSS 503 0
429-wait-1            once    SS ok        SS ok 1        =           SS ok 1          SS ok 1
429-wait-1            always  SS 429       SS 429 0       =           SS 429 0         SS 429 0

An error status that leaves open whether the request took effect.
408                   once    SS ok        SS ok 1        =           S?S ok 1         S 408 0
408                   always  SSS 408      SSS 408 0      =           S??? 408 0       S 408 0
409-retryable         once    SS ok        SS ok 1        =           S?S ok 1         S 409 0
409-retryable         always  SSS 409      SSS 409 0      =           S??? 409 0       S 409 0
500-retryable-before  once    SS ok        SS ok 1        =           S?S ok 1         S 500 0
500-retryable-before  always  SSS 500      SSS 500 0      =           S??? 500 0       S 500 0
500-retryable-after   once    SS ok        SS ok 1        =           S? ok 1          S 500 1
500-retryable-after   always  SSS 500      SSS 500 1      =           S??? 500 1       S 500 1
502-before            once    SS ok        SS ok 1        =           S?S ok 1         S 502 0
502-before            always  SSS 502      SSS 502 0      =           S??? 502 0       S 502 0
502-before            sends   -            -              -           S?S?S 502 0      -
502-after             once    SS ok        SS ok 1        =           S? ok 1          S 502 1
502-after             always  SSS 502      SSS 502 1      =           S??? 502 1       S 502 1
502-after             sends   -            -              -           S? ok 1          -
503-before            once    SS ok        SS ok 1        =           S?S ok 1         S 503 0
503-before            always  SSS 503      SSS 503 0      =           S??? 503 0       S 503 0
503-after             once    SS ok        SS ok 1        =           S? ok 1          S 503 1
503-after             always  SSS 503      SSS 503 1      =           S??? 503 1       S 503 1
504-before            once    SS ok        SS ok 1        =           S?? 504 0        S 504 0
504-before            always  SSS 504      SSS 504 0      =           S??? 504 0       S 504 0
504-after             once    SS ok        SS ok 1        =           S? ok 1          S 504 1
504-after             always  SSS 504      SSS 504 1      =           S??? 504 1       S 504 1
503-wait-word         once    SS ok        SS ok 1        =           S?S ok 1         S 503 0
503-wait-word         always  SSS 503      SSS 503 0      =           S??? 503 0       S 503 0

A redirect.
301                   once    S> ok        S moved 0      =           S moved 0        S moved 0
303-after             both    -            S moved 1      =           S moved 1        S moved 1
307                   once    S> ok        S> ok 1        =           S> ok 1          S> ok 1
308                   once    S> ok        S> ok 1        =           S> ok 1          S> ok 1
307                   always  S>* moved    S>* moved 0    =           S>* moved 0      S>* moved 0
302-elsewhere         both    S moved      S moved 0      =           S moved 0        S moved 0
307-elsewhere         both    S moved      S moved 0      =           S moved 0        S moved 0
302-ftp               both    S moved      S moved 0      =           S moved 0        S moved 0
302-no-url            both    S moved      S moved 0      =           S moved 0        S moved 0
302-latin-1           once    S> 404       S moved 0      =           S moved 0        S moved 0
302-nowhere           both    S 302        S 302 0        =           S 302 0          S 302 0
"""

SEQUENCES = """
faults, one a request                 keyed

reset-before pass reset-before        S?S?S ok 1
reset-before pass reset-after         S?S? ok 1
reset-before pass 429                 S?SS ok 1
reset-before pass 500-after           S?S 500 1
reset-before pass 502-after           S?S? ok 1
reset-before reset-before             S??S ok 1
reset-after 502-before                S?? ok 1
reset-after reset-before stall-before S??? ok 1
reset-after 307                       S?> ok 1
reset-after 500-before                S? conn 1
reset-after 401                       S? conn 1
reset-after 429-wait-30               S? conn 1
reset-after 302-elsewhere             S? conn 1
reset-after endless                   S? conn 1
reset-after 200-html                  S? decode 1
502-after 500-before                  S? 502 1
stall-after 401                       S? timeout 1
429 reset-after                       SS? ok 1
refused reset-before                  SS?S ok 1
"""

# aiohttp refuses a response with a length and chunks, as RFC 9112, section 6.3 permits.
ASYNCIO = """
fault                 when    safe         put            delete      keyed            plain

length-and-chunks     once    SS ok        SS ok 1        =           S? ok 1          S conn 1
length-and-chunks     always  SSS conn     SSS conn 1     =           S??? conn 1      S conn 1
"""

PERMITTED = """
fault                 when    keyed            plain

reset-before          once    S?S ok 1         SS ok 1
reset-after           once    S? ok 1          SS ok 2
stall-before          once    S?? timeout 0    SS ok 1
502-before            once    S?S ok 1         SS ok 1
502-after             once    S? ok 1          SS ok 2
500-before            once    S 500 0          S 500 0
"""


@dataclass(frozen=True)
class Case:
    """One call that meets faults, and the expected outcome.

    Attributes:
        faults: The faults, one per request.
        when: As in the table.
        sent: The requests that the client has to send.
        outcome: The result or error that the call has to have.
        effects: The number of effects.
    """

    faults: tuple[Fault, ...]
    when: str
    trial: Trial
    sent: str
    outcome: str
    effects: int
    idempotent: bool = False

    @property
    def row(self) -> str:
        """The row of the table."""
        names = "+".join(fault.name for fault in self.faults)
        return f"{names}-{self.when}{'-idempotent' if self.idempotent else ''}"

    @property
    def id(self) -> str:
        """The id of the test."""
        return f"{self.row}-{self.trial.name}"

    @property
    def expected(self) -> str:
        """The cell."""
        return cell(self.sent, self.outcome, self.effects, self.trial)

    @property
    def limits(self) -> Limits:
        """The client's timeouts: the shortest that one of the faults needs."""
        return min((fault.limits for fault in self.faults), key=lambda limits: limits.deadline)

    @property
    def is_slow(self) -> bool:
        """True if the client has to wait for a timeout."""
        return self.limits is not PATIENT

    def plan(self) -> Plan:
        """Return a new plan for the proxy."""
        if self.when == "once":
            return Script(*self.faults)
        (fault,) = self.faults
        return Always(fault, spare="GET" if self.when == "sends" else "")


def cell(sent: str, outcome: str, effects: int, trial: Trial) -> str:
    """Describe a call as the table does."""
    return f"{sent} {outcome}" if trial.kind == "safe" else f"{sent} {outcome} {effects}"


@functools.cache
def cases() -> list[Case]:
    """Return all cases of all tables."""
    return [*_table(TABLE), *_sequences(SEQUENCES), *_table(PERMITTED, idempotent=True)]


@functools.cache
def rows() -> dict[str, list[Case]]:
    """Return the cases by row."""
    found: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases():
        found[case.row].append(case)
    return dict(found)


@functools.cache
def representatives() -> list[tuple[Case, ClientKind]]:
    """Choose the cases of the short suite.

    Each row meets both kinds of clients, each with another operation; a row that has to wait for
    a timeout meets one of them. All operations have their turn.
    """
    chosen: list[tuple[Case, ClientKind]] = []
    for number, row in enumerate(rows().values()):
        kinds = KINDS[number % 2 :][:1] if row[0].is_slow else KINDS
        start = len(chosen)
        for turn, kind in enumerate(kinds):
            chosen.append((row[(start + turn) % len(row)], kind))
    return chosen


@functools.cache
def differing() -> dict[str, Case]:
    """Return the cases whose outcome differs for asynchronous clients, by id."""
    return {case.id: case for case in _table(ASYNCIO)}


def for_kind(case: Case, kind: ClientKind) -> Case:
    """Return the case with the outcome that is expected for a kind of client."""
    return differing().get(case.id, case) if kind == "asyncio" else case


def _table(text: str, idempotent: bool = False) -> Iterator[Case]:
    (_, _, *kinds), *rows = _rows(text)
    for name, when, *cells in rows:
        for moment in ("once", "always") if when == "both" else (when,):
            left = ""
            for kind, written in zip(kinds, cells, strict=True):
                left = left if written == "=" else written
                yield from _cases((FAULTS[name],), moment, kind, left, idempotent)


def _sequences(text: str) -> Iterator[Case]:
    (_, kind), *rows = _rows(text)
    for names, written in rows:
        faults = tuple(FAULTS[name] for name in names.split())
        yield from _cases(faults, "once", kind, written)


def _cases(
    faults: tuple[Fault, ...], when: str, kind: str, written: str, idempotent: bool = False
) -> Iterator[Case]:
    if written == "-":
        return
    sent, outcome, *effects = written.split()
    count = int(effects[0]) if effects else 0
    trials = [trial for trial in TRIALS if trial.kind == kind]
    # Faults that wait for a timeout meet one operation of each kind only.
    slow = any(fault.limits is not PATIENT for fault in faults)
    for trial in trials[:1] if slow else trials:
        yield Case(faults, when, trial, sent, outcome, count, idempotent)


def _rows(text: str) -> list[list[str]]:
    """Split a table into cells, which two spaces separate; a line without cells is a heading."""
    lines = [line.split("  ") for line in text.splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    return [row for row in cells if len(row) > 1]
