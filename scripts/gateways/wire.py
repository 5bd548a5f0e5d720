"""HTTP/1.1 as bytes: what a client sends, and what a server was sent."""

import collections
import socket
import struct
import threading

Answer = collections.namedtuple("Answer", "status headers body")
Asked = collections.namedtuple("Asked", "method target headers body connection")
CLIENT = "127.0.0.2"
PATIENCE = 5


def values(headers, name):
    """All values of a header, in order."""
    return [value for found, value in headers if found.lower() == name.lower()]


def request(method, target, headers=(), body=None, host="shop.example.com"):
    """The bytes of a request; nothing in it is checked or made better."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


class Stream:
    """Reads messages off a socket."""

    def __init__(self, sock):
        self.socket, self.rest = sock, b""

    def _more(self):
        got = self.socket.recv(65536)
        if not got:
            raise EOFError
        self.rest += got

    def _until(self, end):
        while end not in self.rest:
            self._more()
        found, self.rest = self.rest.split(end, 1)
        return found

    def _exactly(self, count):
        while len(self.rest) < count:
            self._more()
        found, self.rest = self.rest[:count], self.rest[count:]
        return found

    def head(self):
        """First line and headers."""
        first, *lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        return first, [tuple(map(str.strip, line.split(":", 1))) for line in lines]

    def body(self, headers, to_the_end=False):
        if "chunked" in values(headers, "transfer-encoding"):
            body = b""
            while size := int(self._until(b"\r\n"), 16):
                body += self._exactly(size + 2)[:-2]
            self._until(b"\r\n")
            return body
        length = values(headers, "content-length")
        if length or not to_the_end:
            return self._exactly(int(length[0]) if length else 0)
        try:
            while True:
                self._more()
        except EOFError:
            return self.rest


class Client:
    """A connection of a client that is no proxy of Chancery's."""

    def __init__(self, port, source=CLIENT):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE, (source, 0))
        self.stream = Stream(self.socket)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, sent):
        """The final answer to these bytes; 0 is a connection that ended without one."""
        try:
            self.socket.sendall(sent)
            first, headers = self.stream.head()
        except (EOFError, ConnectionError):
            return Answer(0, [], b"")
        status = int(first.split()[1])
        empty = status in (204, 304) or sent.startswith(b"HEAD ")
        return Answer(status, headers, b"" if empty else self.stream.body(headers, True))


def once(port, sent, source=CLIENT):
    """The answer to these bytes on a connection of their own."""
    with Client(port, source) as client:
        return client.ask(sent)


class Server:
    """Listens on a port that the system chooses, and hands what comes to `serve`."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.count, self.open, self.lock = 0, set(), threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            sock, _ = self.listener.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.count += 1
                self.open.add(sock)
            threading.Thread(target=self._run, args=(sock, self.count), daemon=True).start()

    def _run(self, sock, number):
        try:
            self.serve(sock, number)
        except (EOFError, OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.open.discard(sock)
            sock.close()

    def hang_up(self):
        """Ends all connections."""
        with self.lock:
            for sock in self.open:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def serve(self, sock, number):
        raise NotImplementedError


class Recorder(Server):
    """Keeps each request as it came, and answers it with what `answer` says."""

    def __init__(self):
        self.asked = []
        super().__init__()

    def serve(self, sock, number):
        stream = Stream(sock)
        while True:
            first, headers = stream.head()
            method, target, version = first.split(" ", 2)
            body = stream.body(headers)
            self.asked.append(Asked(method, target, headers, body, number))
            self.answer(sock, self.asked[-1])
            if version == "HTTP/1.0":
                return

    def take(self):
        """What came since it was last asked."""
        taken, self.asked = self.asked, []
        return taken

    def answer(self, sock, asked):
        raise NotImplementedError


def reset(sock):
    """Ends a connection with RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def response(status, headers=(), body=b""):
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status} Word", *(f"{name}: {value}" for name, value in headers)]
    if status != 204:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
