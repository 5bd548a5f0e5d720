"""An authority that Envoy asks over gRPC, in Chancery's place. The few members that are needed are read by hand.

Source: envoy.service.auth.v3 (external_auth.proto, attribute_context.proto).
"""

import concurrent.futures
import threading
import time

import fakes
import grpc
import wire

METHOD = "/envoy.service.auth.v3.Authorization/Check"
OVERWRITE = 2
DENIED = 7
# In the midst of a yes.
HOLDER = b"0190-holder"


def number(value):
    """A varint."""
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def member(place, value):
    """An integer, or bytes, as a member of a message."""
    if isinstance(value, int):
        return number(place << 3) + number(value)
    value = value.encode("latin-1") if isinstance(value, str) else value
    return number(place << 3 | 2) + number(len(value)) + value


def members(message):
    """The members of a message: their places and values."""
    at = 0

    def read():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = read()
        size = {0: 0, 1: 8, 2: None, 5: 4}[key & 7]
        if size == 0:
            yield key >> 3, read()
            continue
        size = read() if size is None else size
        yield key >> 3, message[at : at + size]
        at += size


def path(message, *places):
    """The member that these places lead to."""
    for place in places:
        message = dict(members(message)).get(place, b"")
    return message


def told(message):
    """A `CheckRequest`: `attributes.request.http`, and the address of `attributes.source`."""
    http = path(message, 1, 4, 2)
    entries = [dict(members(entry)) for place, entry in members(http) if place == 3]
    headers = [tuple(entry.get(n, b"").decode("latin-1") for n in (1, 2)) for entry in entries]
    method, target, host = (path(http, place).decode("latin-1") for place in (2, 4, 5))
    address = path(message, 1, 1, 1, 1, 2).decode()
    for forwarded in wire.values(headers, "x-forwarded-for"):
        assert forwarded == address, forwarded
    body = path(http, 11) + path(http, 12)
    return fakes.Told(method, host, target, address, headers, body, 1)


def verdict(status, headers):
    """A `CheckResponse`."""
    options = b""
    for name, value in headers:
        header = member(1, member(1, name) + member(2, value))
        options += member(2, header + member(3, OVERWRITE))
    if 200 <= status < 300:
        return member(1, member(1, 0)) + member(3, options)
    return member(1, member(1, DENIED)) + member(2, member(1, member(1, status)) + options)


class Authority(wire.Server, grpc.GenericRpcHandler):
    """A server of gRPC behind a door that can cut what goes through it."""

    yes = 200

    def __init__(self):
        self.asked = []
        self.says(self.yes, fakes.WHO)
        self.workers = concurrent.futures.ThreadPoolExecutor(8)
        self.server = grpc.server(self.workers)
        self.server.add_generic_rpc_handlers((self,))
        self.behind = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        super().__init__()

    def service(self, details):
        return (
            grpc.unary_unary_rpc_method_handler(self._check) if details.method == METHOD else None
        )

    def says(self, status, headers=()):
        self.failing, self.said = None, (status, headers)

    def fails(self, how):
        self.says(self.yes, fakes.WHO)
        self.failing = how
        self.hang_up()

    def take(self):
        taken, self.asked = self.asked, []
        return taken

    def told(self):
        return [told(message) for message in self.take()]

    def _check(self, message, _):
        self.asked.append(message)
        if self.failing in ("hung", "slow"):
            time.sleep(fakes.SLOW if self.failing == "slow" else 2 * fakes.SLOW)
        return verdict(*self.said)

    def serve(self, sock, _):
        """Hands on what comes and goes, unless it is to fail."""
        if self.failing == "gone":
            return
        if self.failing == "garbage":
            sock.recv(65536)
            sock.sendall(b"yes, of course\r\n\r\n")
            return
        with wire.Client(self.behind, "127.0.0.1") as inner:
            threading.Thread(target=copy, args=(sock, inner.socket), daemon=True).start()
            while got := inner.socket.recv(65536):
                yes = got.find(HOLDER) if self.failing in ("reset", "truncated") else -1
                if self.failing == "dripping":
                    fakes.drip(sock, got)
                elif yes < 0:
                    sock.sendall(got)
                else:
                    sock.sendall(got[:yes])
                    if self.failing == "reset":
                        wire.reset(sock)
                    return


def copy(source, target):
    try:
        while got := source.recv(65536):
            target.sendall(got)
    except OSError:
        pass
