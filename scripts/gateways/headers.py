"""What a client says in headers, and what becomes of it."""

import pathlib
import subprocess

import fakes
import wire
from lane import HOST, ORDERS, PASSWORD, SAME, bearer, case, equal, identity

FORGED = "forged"
# Each is read as the same name by some server.
SPELLINGS = (
    str,
    str.lower,
    str.upper,
    lambda name: name.replace("-", "_"),
    lambda name: name.replace("-", "_", 1),
    lambda name: name[::-1].replace("-", "_", 1)[::-1],
)
DESCRIBING = (
    "X-Original-Method",
    "X-Original-Host",
    "X-Original-URI",
    "X-Forwarded-Method",
    "X-Forwarded-Host",
    "X-Forwarded-Uri",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
)
MISLEADING = (
    "X-HTTP-Method-Override",
    "X-HTTP-Method",
    "X-Method-Override",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Forwarded-Prefix",
    "X-Forwarded-Port",
    "X-Forwarded-Protocol",
    "X-Forwarded-Scheme",
    "X-Forwarded-Server",
    "X-Forwarded-Ssl",
    "Forwarded",
    "X-Real-IP",
    "True-Client-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
)
# What makes the samples take TLS, where that is one line.
PEM = pathlib.Path(__file__).resolve().parents[2] / "crates" / "server" / "tests" / "tls"
ENCRYPTED = {
    "nginx": (
        "listen 127.0.0.1:8080;",
        "listen 127.0.0.1:8080 ssl; ssl_certificate {0}; ssl_certificate_key {0};",
    ),
    "haproxy": ("bind 127.0.0.1:8080", "bind 127.0.0.1:8080 ssl crt {0}"),
}
REFUSED = (400, 403)


def spelled(names):
    """All spellings of some names, each once."""
    return list(dict.fromkeys(spell(name) for name in names for spell in SPELLINGS))


def truth(lane):
    """The stand-in was told the truth, and the service the same."""
    told, seen = lane.told(), lane.seen()
    equal(told[:4], ("GET", HOST, ORDERS, wire.values(seen.headers, "x-forwarded-for")[0]))
    equal((seen.method, seen.target), told[::2][:2])
    equal(told.address, wire.CLIENT)
    equal(wire.values(seen.headers, "x-real-ip"), [wire.CLIENT])
    equal(wire.values(seen.headers, "x-forwarded-proto"), ["http"])
    equal(wire.values(told.headers, "authorization"), ["Bearer t"])
    equal(identity(seen.headers), sorted((name.lower(), value) for name, value in fakes.WHO))
    return told, seen


@case("A155", "nobody but the gateway is heard about what is asked")
def only_the_gateway(lane):
    described = [(name, "/health") for name in DESCRIBING if name.endswith(("URI", "Uri"))]
    described += [
        ("X-Original-Method", "GET"),
        ("X-Forwarded-Method", "GET"),
        ("X-Original-Host", "shop.example.com"),
        ("X-Forwarded-For", "127.0.0.1"),
    ]
    for target in ("/check", "/check/health"):
        for token, statuses in (([], (401, 403)), (bearer(lane.reader), (403,))):
            sent = wire.request("GET", target, described + token)
            answer = wire.once(lane.chancery.port, sent)
            equal(answer.status in statuses, True, f"{target}: {answer.status}")
    sent = wire.request(
        "GET", "/check", [("X-Chancery-Require", "shop.order.get"), *bearer(lane.good)]
    )
    equal(wire.once(lane.chancery.port, sent).status, 403)


@case("A156", "no header of a client changes what Chancery is told, in no spelling, once or twice")
def spellings(lane):
    for name in spelled(DESCRIBING):
        lie = "10.9.9.9" if name.lower().endswith("for") else "/health"
        for headers in ([(name, lie)], [(name, lie), (name, lie)]):
            if lane.ask(lane.fake, headers=headers + bearer("t")).status in REFUSED:
                continue
            told, seen = truth(lane)
            found = [pair for pair in told.headers + seen.headers if pair[1] == lie]
            equal(found, [], name)
    for name in spelled(["X-Original-URI", "X-Forwarded-Uri", "X-Original-URL"]):
        lane.asks(lane.real, (401, *REFUSED), headers=[(name, "/health")])


@case("A156", "naming a header in Connection takes none away")
def hop_by_hop(lane):
    names = [name for name, _ in fakes.WHO]
    names += ["X-Forwarded-For", "X-Real-IP", "X-Original-URI", "X-Forwarded-Uri"]
    mixed = [", ".join(names), "close, X-Chancery-Holder-Id", "Upgrade, X-Chancery-Holder"]
    for value in (*names, *map(str.lower, names), *mixed):
        for more in (
            [],
            [("Connection", "Upgrade")],
            [("Upgrade", "thing"), ("connection", "upgrade")],
        ):
            headers = [("Connection", value), *more, *bearer("t")]
            answer = lane.asks(lane.fake, (200, *REFUSED), headers=headers)
            if answer.status == 200:
                truth(lane)


@case(
    "A159", "who somebody is, no client says: in no spelling, and not where Chancery says nothing"
)
def forged(lane):
    names = [name for name, _ in fakes.WHO] + ["X-Chancery-Require", "X-Chancery-Audience"]
    if lane.gateway.name != "nginx":  # It can only remove what it is given the name of.
        names += ["X-Chancery-Role", "X-Chancery-"]
    for headers in (fakes.WHO, fakes.WHO[2:3], []):
        lane.authority.says(lane.authority.yes, headers)
        for name in spelled(names):
            sent = [(name, FORGED), (name, FORGED), *bearer("t")]
            if lane.ask(lane.fake, headers=sent).status in REFUSED:
                continue
            told = [(name.lower(), value) for name, value in headers]
            equal(identity(lane.seen().headers), sorted(told), name)
    sent = [(name, FORGED) for name in names] + bearer(lane.good)
    lane.asks(lane.real, 200, headers=sent)
    equal(identity(lane.seen().headers), lane.identity(lane.good))


@case("A159", "nothing makes the service see another request than the one that was judged")
def misleading(lane):
    for name in spelled(MISLEADING):
        sent = [(name, "DELETE"), *bearer("t")]
        if lane.ask(lane.fake, headers=sent).status not in REFUSED:
            _, seen = truth(lane)
            found = [
                name.lower().translate(SAME) for name, value in seen.headers if value == "DELETE"
            ]
            equal(found, [], name)


@case("TLS", "who comes over TLS is told to have come so", tuple(ENCRYPTED))
def encrypted(lane):
    old, new = ENCRYPTED[lane.gateway.name]
    pem = lane.folder / "tls.pem"
    pem.write_text("".join((PEM / f"{name}.pem").read_text() for name in ("certificate", "key")))
    plain = lane.real, lane.fake
    lane.open(lambda _, text: text.replace(old, new.format(pem)))
    secure, (lane.real, lane.fake) = lane.fake, plain
    command = ["curl", "--silent", "--fail", "--insecure", "--noproxy", "*"]
    command += ["-H", "Authorization: Bearer t", "-H", "X-Forwarded-Proto: http"]
    url = f"https://127.0.0.1:{secure}{ORDERS}"
    subprocess.run([*command, url], capture_output=True, check=True)
    equal(wire.values(lane.seen().headers, "x-forwarded-proto"), ["https"])


@case(
    "A160",
    "names of any kind reach the service as Chancery writes them, and nothing else with them",
)
def names(lane):
    odd = ["Zoë 李 Ωμέγα", 'a, b; c="d"', "x" * 150, "%0d%0aX-Chancery-Holder: user", "‮🙂 ́"]
    for number, name in enumerate(odd):
        who = (f"person-{number}", PASSWORD)
        person = {"username": who[0], "email": f"{who[0]}@example.com", "password": PASSWORD}
        lane.chancery.native("POST", "users", person | {"first_name": name, "superuser": True})
        known(lane, lane.chancery.token("shop.*", who=who)[0])
    for name in ("a\r\nX-Chancery-Holder: user", "x" * 65536):
        person = {"username": name, "email": "odd@example.com", "password": PASSWORD}
        refused = person | {"first_name": name}
        for wish in (person, refused | {"username": "odd"}):
            try:
                lane.chancery.native("POST", "users", wish | {"superuser": True})
            except AssertionError as error:
                equal(" 4" in str(error), True, str(error)[:200])
                continue
            who = (wish["username"], PASSWORD)
            known(lane, lane.chancery.token("shop.*", who=who)[0])


@case("A160", "a yes as long as there can be reaches the service whole")
def longest(lane):
    who = ("é" * 150, PASSWORD)
    person = {"username": who[0], "email": "long@example.com", "password": PASSWORD}
    lane.chancery.native("POST", "users", person | {"superuser": True})
    scopes = ["shop.order.get"] + [f"s{number:02}." + "a" * 90 + ".b" for number in range(31)]
    known(lane, lane.chancery.token(*scopes, who=who)[0])


def known(lane, token):
    lane.asks(lane.real, 200, headers=bearer(token))
    told = identity(lane.seen().headers)
    equal(told, lane.identity(token))
    equal(sum(len(name) + len(value) for name, value in told) <= 4096, True, "4 KiB")


@case("A164", "a client can't ask for less than the rule does")
def demand(lane):
    for name in spelled(["X-Chancery-Require", "X-Chancery-Audience"]):
        for value in ("shop.order.get", "", "read"):
            headers = [(name, value), *bearer(lane.reader)]
            lane.asks(lane.real, (403, 400), "POST", headers=headers, body=b"")
    for query in (
        "scope=shop.order.get",
        "require=shop.order.get",
        "X-Chancery-Require=shop.order.get",
    ):
        lane.asks(lane.real, 403, "POST", f"{ORDERS}?{query}", bearer(lane.reader), b"")


@case("A165", "two tokens are not one, and bytes that are no text break nothing")
def broken(lane):
    for tokens in ((lane.good, "x"), ("x", lane.good), (lane.good, lane.good)):
        headers = [pair for token in tokens for pair in bearer(token)]
        answer = lane.asks(lane.real, (200, 400, 401), headers=headers)
        if answer.status == 200:
            equal(wire.values(lane.seen().headers, "authorization"), [f"Bearer {lane.good}"])
            equal(tokens[0], lane.good)
    lane.asks(lane.real, (400, 401), headers=bearer("\xff\xfe"))
    lane.asks(lane.real, (200, 400), headers=[("X-Thing", "\xff\xc0\x80"), *bearer(lane.good)])
    lane.asks(lane.real, (400, 401, 413, 431), headers=bearer("x" * 20_000))
    lane.asks(lane.real, (400, 413, 431, 0), headers=[("X-Thing", "x" * 2_000_000), *bearer("x")])
    lane.asks(lane.real, 200, headers=bearer(lane.good))
