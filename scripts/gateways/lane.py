"""A gateway between a client and a service, twice: with a real Chancery, and with a stand-in."""

import time

import fakes
import wire
from chancery import Chancery, free_port

ORDERS = "/orders/7"
HOST = "shop.example.com"
# Seconds until a no where nobody answers, and until a yes once somebody does.
LONGEST = 2.5
PASSWORD = "harbour-mantle-93-copper"
# What is told apart nowhere: some servers read one as the other.
SAME = str.maketrans("_", "-")
cases = []


def case(number, sentence, gateways=None):
    """Makes a check of a function: it complains if the sentence, of this case of the attack book,
    is not true. Some gateways may be named that alone are asked."""

    def enter(function):
        cases.append((number, sentence, gateways, function))
        return function

    return enter


def bearer(token):
    return [("Authorization", f"Bearer {token}")]


def equal(found, expected, what=""):
    """Complains about a difference."""
    if found != expected:
        raise AssertionError(f"{what}: {found!r}, not {expected!r}".lstrip(": "))


def identity(headers):
    """What a service is told of the holder, in whatever spelling."""
    told = [(name.lower(), value) for name, value in headers]
    return sorted((name, value) for name, value in told if "chancery" in name)


class Lane:
    """Everything that one gateway is judged with."""

    def __init__(self, gateway, binary, folder):
        self.gateway, self.folder = gateway, folder
        folder.mkdir()
        self.service, self.authority = fakes.Service(), gateway.authority()
        self.grpc, rules = free_port(), folder / "rules.toml"
        rules.write_text(gateway.rules())
        settings = {
            # Where gateways are; their clients are at 127.0.0.2.
            "CHANCERY_TRUSTED_PROXIES": "127.0.0.1/32",
            "CHANCERY_RULES": str(rules),
            "CHANCERY_GRPC": f"127.0.0.1:{self.grpc}",
        }
        self.chancery = Chancery(binary, folder, settings)
        self.programs, self.count, self.statuses = [], 0, {}
        self.good, _ = self.chancery.token("shop.*")
        self.reader, _ = self.chancery.token("shop.order.get")

    def identity(self, token):
        """What Chancery itself says of a token."""
        path, headers = self.gateway.question(ORDERS, HOST)
        headers["Authorization"] = f"Bearer {token}"
        return identity(self.chancery.ask("GET", path, headers).getheaders())

    def open(self, change=None):
        """Starts the gateway, with a change to its sample if one is to be proved."""
        self.count += 1
        real = self.grpc if self.gateway.described_by == "grpc" else self.chancery.port
        ports = []
        for name, asked in (("real", real), ("fake", self.authority.port)):
            place = self.folder / f"{name}-{self.count}"
            port, program = self.gateway.start(place, asked, self.service.port, change)
            ports.append(port)
            self.programs.append(program)
        self.real, self.fake = ports

    def shut(self):
        """Ends the gateway."""
        while self.programs:
            self.programs.pop().end()

    def close(self):
        """Ends everything."""
        self.shut()
        self.chancery.program.end()

    def clear(self):
        """Forgets what was said before; the stand-in says yes."""
        self.service.take()
        self.authority.take()
        self.authority.says(self.authority.yes, fakes.WHO)

    def ask(self, port, method="GET", target=ORDERS, headers=(), body=None):
        """What a client gets. Whatever is no yes has no content, and never reached the service."""
        self.service.take()
        self.authority.take()
        answer = wire.once(port, wire.request(method, target, headers, body))
        self.honest(answer)
        return answer

    def honest(self, answer):
        """The client has content if the service was asked, and only then."""
        content = wire.values(answer.headers, "x-service") != [] or fakes.CONTENT in answer.body
        equal(content, 200 <= answer.status < 300, f"content with {answer.status}")
        equal(bool(self.service.asked), content, f"the service was asked, with {answer.status}")

    def asks(self, port, expected, *request, **others):
        """As `ask`, with the status that is expected, or one of several."""
        answer = self.ask(port, *request, **others)
        expected = (expected,) if isinstance(expected, int) else expected
        if answer.status not in expected:
            raise AssertionError(f"{answer.status} for {request} {others}, not {expected}")
        return answer

    def seen(self):
        """What the service saw, which must be one request."""
        [seen] = self.service.take()
        return seen

    def told(self):
        """What the stand-in was told, which must be one request."""
        [told] = self.authority.told()
        return told

    def soon(self, port):
        """The answer to a good token while nobody can tell: a no, and within seconds."""
        began = time.monotonic()
        answer = self.asks(port, 503, headers=bearer(self.good))
        took = time.monotonic() - began
        if took > LONGEST:
            raise AssertionError(f"it took {took:.1f} s")
        return answer

    def recovers(self, port):
        """Waits until a good token passes again."""
        began = time.monotonic()
        while self.ask(port, headers=bearer(self.good)).status != 200:
            if time.monotonic() - began > LONGEST:
                raise AssertionError("a good token doesn't pass again")
            time.sleep(0.02)
