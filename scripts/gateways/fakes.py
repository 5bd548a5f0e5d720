"""The service behind a gateway, and an authority that answers as it is told to."""

import collections
import time

import wire

CONTENT = b"what only the service knows"
WHO = [
    ("X-Chancery-Token", "0190-token"),
    ("X-Chancery-Holder", "user"),
    ("X-Chancery-Holder-Id", "0190-holder"),
    ("X-Chancery-Holder-Name", "Al%2Cice"),
    ("X-Chancery-Organization", "0190-organization"),
    ("X-Chancery-Scopes", "shop.order.get shop.order.create"),
    ("X-Chancery-Expires", "1900000000"),
]
# How an authority may fail to answer.
OUTAGES = ("hung", "slow", "dripping", "reset", "truncated", "garbage", "gone")
SLOW = 3
DRIP = 0.01

# A request as the authority was told of it; `address` is the client's.
Told = collections.namedtuple("Told", "method host target address headers body connection")


def drip(sock, sent):
    """Sends byte by byte, so slowly that a yes takes longer than anybody should wait."""
    for place in range(len(sent)):
        sock.sendall(sent[place : place + 1])
        time.sleep(DRIP)


class Service(wire.Recorder):
    """Answers everybody."""

    def answer(self, sock, asked):
        body = b"" if asked.method == "HEAD" else CONTENT
        sock.sendall(wire.response(200, [("X-Service", "yes")], body))


class Authority(wire.Recorder):
    """Stands in Chancery's place at a gateway that asks over HTTP in one of three ways."""

    def __init__(self, described_by):
        self.described_by = described_by
        # How a yes is said: Envoy takes nothing but 200 for one.
        self.yes = 200 if described_by == "path" else 204
        self.says(self.yes, WHO)
        super().__init__()

    def says(self, status, headers=()):
        """From now on it answers so."""
        self.failing, self.said = None, (status, headers)

    def fails(self, how):
        """From now on it fails so."""
        self.failing = how
        self.hang_up()

    def told(self):
        """What it was asked since it was last asked here."""
        return [self._told(asked) for asked in self.take()]

    def _told(self, asked):
        method, target = asked.method, asked.target.removeprefix("/check")
        host = wire.values(asked.headers, "host")
        if self.described_by != "path":
            assert asked.target.removesuffix("?") == "/check", asked.target  # Caddy leaves one
            assert method == "GET", method
            names = (f"{self.described_by}-{part}" for part in ("method", "host", "uri"))
            method, host, target = (wire.values(asked.headers, name) for name in names)
            [method], [target] = method, target
        [host] = host
        [address] = wire.values(asked.headers, "x-forwarded-for")
        return Told(method, host, target, address, asked.headers, asked.body, asked.connection)

    def answer(self, sock, asked):
        yes = wire.response(self.yes, WHO)
        if self.failing == "hung":
            sock.recv(1)
        elif self.failing == "slow":
            time.sleep(SLOW)
            sock.sendall(yes)
        elif self.failing == "dripping":
            drip(sock, yes)
        elif self.failing in ("reset", "truncated"):
            sock.sendall(wire.response(200, WHO)[: 60 if self.failing == "truncated" else 40])
            if self.failing == "reset":
                wire.reset(sock)
            raise EOFError
        elif self.failing == "garbage":
            sock.sendall(b"yes, of course\r\n\r\n")
            raise EOFError
        elif self.failing == "gone":
            raise EOFError
        else:
            sock.sendall(wire.response(*self.said))
