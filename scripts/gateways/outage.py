"""What a client gets when Chancery says no, something odd, or nothing."""

import signal

import fakes
import wire
from gateways import SAMPLES
from lane import ORDERS, bearer, case, equal

DENIED = {401: (401,), 403: (403,), 429: (429,), 503: (503,)}
ODD = (300, 301, 302, 304, 400, 402, 404, 405, 407, 409, 410, 500, 501, 502, 504)
BEARER = 'Bearer realm="Chancery"'


@case("A161", "only 2xx passes; 401, 403, 429 and 503 reach the client as they are")
def statuses(lane):
    for status in (200, 202, 204):
        lane.authority.says(status, fakes.WHO)
        lane.service.take()
        passed = (
            wire.once(lane.fake, wire.request("GET", ORDERS, bearer("t"))).body == fakes.CONTENT
        )
        equal(passed, lane.gateway.described_by != "path" or status == 200, status)
        equal(bool(lane.service.take()), passed, status)
    for status, expected in (DENIED | dict.fromkeys(ODD, range(300, 600))).items():
        said = [
            ("WWW-Authenticate", BEARER),
            ("Retry-After", "7"),
            ("Location", "http://127.0.0.1/"),
        ]
        lane.authority.says(status, [*said, *fakes.WHO])
        answer = lane.asks(lane.fake, tuple(expected), headers=bearer("t"))
        if status in (401, 403):
            equal(wire.values(answer.headers, "www-authenticate"), [BEARER], status)
        if status == 429:
            equal(wire.values(answer.headers, "retry-after"), ["7"])
    # A rate that is used up is a 403 too, unless Chancery is told to say 429.
    lane.authority.says(403, [("Retry-After", "7")])
    answer = lane.asks(lane.fake, 403, headers=bearer("t"))
    told = [wire.values(answer.headers, name) for name in ("www-authenticate", "retry-after")]
    equal(told, [[], ["7"]])


@case(
    "A162",
    "no answer is a no within two seconds, however it fails, and the next answer counts again",
)
def failing(lane):
    for how in fakes.OUTAGES:
        lane.authority.fails(how)
        lane.statuses[how] = lane.soon(lane.fake).status
        lane.authority.says(lane.authority.yes, fakes.WHO)
        lane.authority.hang_up()
        lane.recovers(lane.fake)


@case("A162", "Chancery stopped (SIGSTOP) is a no, and going on it is asked again")
def stopped(lane):
    lane.recovers(lane.real)
    lane.chancery.program.stop()
    try:
        lane.statuses["stopped"] = lane.soon(lane.real).status
    finally:
        lane.chancery.program.tell(signal.SIGCONT)
    lane.chancery.program.until(lane.chancery.ready)
    lane.recovers(lane.real)


@case("A162", "Chancery killed (SIGKILL) is a no, and started again it is asked again")
def killed(lane):
    lane.recovers(lane.real)
    lane.chancery.program.end(signal.SIGKILL)
    try:
        lane.statuses["killed"] = lane.soon(lane.real).status
    finally:
        lane.chancery.start()
    lane.recovers(lane.real)


@case("A162", "the statuses of outages are those that examples/README.md tells")
def table(lane):
    lines = (SAMPLES / "README.md").read_text().splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    rows = [[cell.split(":")[0].strip(" `") for cell in row] for row in rows]
    [head] = [row for row in rows if row[0] == "outage"]
    place = head.index(lane.gateway.name)
    told = {
        row[0]: int(row[place]) for row in rows if row[0] in (*fakes.OUTAGES, "stopped", "killed")
    }
    equal(lane.statuses, told)


@case("A166", "a no is short, sets no cookie and leads nowhere")
def clean(lane):
    for headers, method in (
        ([], "GET"),
        (bearer("x"), "GET"),
        (bearer(lane.reader), "POST"),
        (bearer(lane.good), "GET"),
    ):
        answer = lane.ask(lane.real, method, headers=headers)
        size = sum(len(name) + len(value) + 4 for name, value in answer.headers) + len(answer.body)
        equal(size < 1024, True, f"{size} bytes")
        for name in ("set-cookie", "location"):
            equal(wire.values(answer.headers, name), [], answer.status)
        names = [name.lower() for name, _ in answer.headers]
        equal([name for name in names if "chancery" in name], [])


@case("A167", "the challenge says what is wrong with a token that was sent, and no more")
def challenge(lane):
    for status, method, headers, expected in (
        (401, "GET", [], BEARER),
        (401, "GET", bearer("x"), f'{BEARER}, error="invalid_token"'),
        (403, "POST", bearer(lane.reader), f'{BEARER}, error="insufficient_scope"'),
    ):
        answer = lane.asks(lane.real, status, method, headers=headers, body=b"")
        equal(wire.values(answer.headers, "www-authenticate"), [expected])
