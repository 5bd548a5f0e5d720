"""How a path may be written."""

import urllib.parse

import wire
from lane import ORDERS, bearer, case, equal

CONFUSING = [
    "/health/../orders/7", "/health/..", "/health/.", "/health/./", "/./health", "/../health",
    "/health%2f..%2forders/7", "/health%2F..%2Forders/7", "/health/..%2forders/7", "/health%2forders",
    "/health/%2e%2e/orders/7", "/health/%2E./orders/7", "/health%2e%2e/orders", "/%2e/health",
    "/health/%252e%252e/orders/7", "/health%252f..%252forders/7", "/health%255c..%255corders",
    "/health;/orders/7", "/health;a=b", "/health/..;/orders/7", "/orders/..;/health", "/;/health",
    "/health#/orders/7", "/health%23/orders/7", "/orders/7#/health", "/health?/orders/7",
    "/health?/../orders/7", "/health%3f/orders/7", "/health%3F/../orders/7", "/orders/7?/health",
    "//health", "///health", "/health/", "/health//", "//orders//7", "/health//../orders/7",
    "/health\\..\\orders\\7", "/health%5c..%5corders/7", "\\health", "/\\health", "/..\\health",
    "/%68ealth", "/%48ealth", "/HEALTH", "/Health", "/healt%68", "/health%00", "/health%00/orders/7",
    "/health%0a", "/health%0d%0aX:%20y", "/health%20", "/health%09", "/health%", "/health%zz", "/health%u002f",
    "/health\xe2\x80\xa5/orders", "/\xc0\xae\xc0\xae/health", "/%c0%ae%c0%ae/health", "/h\xe9alth",
    "/health/x", "/healthx", "/health.json", "/orders/../health/../orders/7", "/orders", "/orders/",
    "/.chancery", "/check", "/check/health", "*", "health", "shop.example.com/health", "",
    "http://shop.example.com/health", "http://shop.example.com/orders/7", "http://shop.example.com",
    "http://shop.example.com/health/../orders/7", "http://other.example.com/health",
    "http://shop.example.com//health", "http:///health", "https://shop.example.com/health",
    "HTTP://SHOP.EXAMPLE.COM/health", "/health@orders", "/health:8080", "/health&/orders", "/health|x",
    "/health\x7f", "/health\x01", "/health /orders/7", "/health\t/orders/7", "/" + "a/../" * 400 + "health",
]  # fmt: skip


@case("A157", "no spelling of a path opens another one than the public one")
def confused(lane):
    lane.asks(lane.real, 200, target="/health")
    equal(lane.seen().target, "/health")
    for target in CONFUSING:
        answer = lane.ask(lane.real, target=target)
        if answer.status == 200:
            path = lane.seen().target.partition("?")[0]
            equal(urllib.parse.unquote(path), "/health", target)
        equal(answer.status < 500, True, f"{answer.status} for {target!r}")


@case("A157", "what is judged is what the service gets, byte by byte, whatever the path")
def the_same(lane):
    passed = 0
    for target in [
        *CONFUSING,
        ORDERS,
        f"{ORDERS}?a=b&c=%2f#",
        "/orders/a%20b",
        "/orders/%C3%A9",
        "/?",
    ]:
        answer = lane.ask(lane.fake, target=target, headers=bearer("t"))
        if answer.status != 200:
            equal(answer.status < 500, True, f"{answer.status} for {target!r}")
            continue
        told, seen = lane.told(), lane.seen()
        equal((told.method, told.target), (seen.method, seen.target), target)
        equal([told.host], wire.values(seen.headers, "host"), target)
        passed += 1
    equal(passed > 5, True, f"{passed} passed")


@case("A157", "a path that passes reaches the service as it came")
def kept(lane):
    for target in (
        "/orders/%C3%A9%20b",
        "/orders//7",
        "/orders/x/../7",
        "/orders/a%2Fb",
        "/orders/%41",
    ):
        lane.asks(lane.fake, 200, target=target, headers=bearer("t"))
        equal(lane.seen().target, target)


@case("A157", "the method that is judged is the one that the service gets")
def methods(lane):
    for method in (
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "PROPFIND",
        "get",
        "Get",
    ):
        lane.authority.take()
        sent = wire.request(method, ORDERS, bearer("t"))
        lane.service.take()
        answer = wire.once(lane.fake, sent)
        if answer.status == 200:
            equal(lane.told().method, lane.seen().method, method)
        else:
            equal((answer.status in (400, 405), lane.service.take()), (True, []), method)


@case("A157", "the host that is judged is the one that the service gets")
def hosts(lane):
    for host in (
        "shop.example.com",
        "SHOP.example.com",
        "shop.example.com:8080",
        "shop.example.com.",
        "[::1]:80",
        "a,b",
    ):
        for target in (ORDERS, f"http://other.example.com{ORDERS}"):
            lane.authority.take()
            lane.service.take()
            answer = wire.once(lane.fake, wire.request("GET", target, bearer("t"), host=host))
            lane.honest(answer)
            if answer.status == 200:
                equal([lane.told().host], wire.values(lane.seen().headers, "host"), host)
            equal(answer.status < 500, True, f"{answer.status} for {host!r}")
