"""Who passes, and who doesn't."""

import concurrent.futures
import subprocess

import fakes
import wire
from lane import HOST, ORDERS, bearer, case, equal, identity


@case("allow", "a good token passes, and the service is told whose it is")
def allow(lane):
    answer = lane.asks(lane.real, 200, headers=bearer(lane.good))
    equal(answer.body, fakes.CONTENT)
    equal(identity(lane.seen().headers), lane.identity(lane.good))


@case("deny", "no token, a broken one and an unknown one don't pass")
def deny(lane):
    unknown = "tkpt_" + "A" * 49
    for headers in ([], *map(bearer, ("x", unknown, lane.good[:-1], lane.good + "x"))):
        lane.asks(lane.real, 401, headers=headers)
    lane.asks(lane.real, 401, headers=[("X-API-Key", lane.good)])
    lane.asks(lane.real, 401, target=f"{ORDERS}?access_token={lane.good}")


@case(
    "permission",
    "what is needed depends on method and path, and on nothing that the client says besides",
)
def permission(lane):
    for target in (ORDERS, "/orders"):
        lane.asks(lane.real, 200, "GET", target, bearer(lane.reader))
    lane.asks(lane.real, 200, "POST", headers=bearer(lane.good), body=b"{}")
    lane.asks(lane.real, 403, "POST", headers=bearer(lane.reader), body=b"{}")
    lane.asks(lane.real, 403, "GET", "/elsewhere", headers=bearer(lane.good))
    lane.asks(lane.real, 200, "GET", "/health")


@case(
    "revoked",
    "of two requests on one connection the second is refused, if the token was revoked between them",
)
def revoked(lane):
    token, identifier = lane.chancery.token("shop.*")
    sent = wire.request("GET", ORDERS, bearer(token))
    with wire.Client(lane.real) as client:
        equal(client.ask(sent).status, 200)
        lane.chancery.native("DELETE", f"tokens/{identifier}")
        lane.service.take()
        answer = client.ask(sent)
    equal(answer.status, 401)
    lane.honest(answer)


@case("once", "a token for one use passes once")
def once(lane):
    token, _ = lane.chancery.token("shop.*", uses=1)
    lane.asks(lane.real, 200, headers=bearer(token))
    lane.asks(lane.real, 401, headers=bearer(token))


@case("many", "64 clients at once all get through, and each refused one is refused")
def many(lane):
    good, bad = (wire.request("GET", ORDERS, bearer(token)) for token in (lane.good, "x"))
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda sent: wire.once(lane.real, sent), [good, bad] * 64))
    equal([answer.status for answer in answers], [200, 401] * 64)


@case("HTTP/2", "in HTTP/2 it is the same", ("haproxy", "envoy-http", "envoy-grpc"))
def second_version(lane):
    for token, status in ((lane.good, "200"), ("x", "401")):
        headers = bearer(token) + [("X-Chancery-Holder", "forged")]
        words = [word for name, value in headers for word in ("-H", f"{name}: {value}")]
        command = [
            "curl",
            "--silent",
            "--output",
            "-",
            "--write-out",
            " %{http_code} %{http_version}",
        ]
        url = f"http://127.0.0.1:{lane.real}{ORDERS}?a=%2f"
        asked = [*command, "--http2-prior-knowledge", "-H", f"Host: {HOST}", *words, url]
        *content, found, version = subprocess.run(
            asked, capture_output=True, check=True
        ).stdout.split()
        equal((found, version), (status.encode(), b"2"))
        equal(b" ".join(content) == fakes.CONTENT, status == "200")
    seen = lane.seen()
    equal((seen.target, identity(seen.headers)), (f"{ORDERS}?a=%2f", lane.identity(lane.good)))


@case("keep-alive", "twenty checks need no more than two connections to Chancery")
def keep_alive(lane):
    before = lane.authority.count
    for _ in range(20):
        lane.asks(lane.fake, 200, headers=bearer("t"))
    equal(lane.authority.count - before <= 2, True, f"{lane.authority.count - before} connections")


@case("body", "a body goes to the service, whole, and neither it nor a cookie to Chancery")
def body(lane):
    sent = bytes(range(256)) * 400
    headers = [("Cookie", "a=b"), *bearer("t")]
    lane.asks(lane.fake, 200, "POST", headers=headers, body=sent)
    told = lane.told()
    equal(wire.values(told.headers, "cookie"), [])
    lengths = wire.values(told.headers, "content-length")
    equal((told.method, told.body), ("POST", b""))
    if lane.gateway.described_by != "grpc":
        equal([length for length in lengths if length != "0"], [])
        equal(wire.values(told.headers, "transfer-encoding"), [])
    equal(lane.seen().body, sent)
