"""Starts and ends real programs: Chancery, and what a gateway is made of."""

import base64
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

PASSWORD = "orchard-lantern-57-quill"
START = 20


def free_port():
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def stats(tasks):
    """What the kernel says of threads: the letter behind the name is the state."""
    return [(task / "stat").read_text() for task in tasks.iterdir()]


class Program:
    """A program that was started here; what it says is in a file."""

    running = set()

    def __init__(self, name, command, folder, environment=None):
        self.name, self.log = name, folder / f"{name}.log"
        surroundings = {"PATH": os.environ["PATH"], "HOME": str(folder)} | (environment or {})
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=surroundings
            )
        self.running.add(self)

    def until(self, ready):
        """Waits until it is ready, or complains."""
        began = time.monotonic()
        while not (found := ready()):
            if self.process.poll() is not None or time.monotonic() > began + START:
                said = self.log.read_text(errors="replace")[-800:]
                raise RuntimeError(f"{self.name} doesn't start: {said}")
            time.sleep(0.02)
        return found

    def tell(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Stops it for a while, and waits until no thread of it runs."""
        self.tell(signal.SIGSTOP)
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task")
        self.until(lambda: all(text.rpartition(") ")[2][0] == "T" for text in stats(tasks)))

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.tell(signal.SIGCONT)
            self.tell(number)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        self.running.discard(self)

    @classmethod
    def end_all(cls):
        for program in list(cls.running):
            program.end(signal.SIGKILL)


class Chancery:
    """A server with an empty folder, and its native API as its administrator sees it.

    It trusts 127.0.0.1, where gateways are, and not 127.0.0.2, where their clients are.
    """

    def __init__(self, binary, folder, rules):
        self.binary, self.folder = binary, folder
        self.grpc = free_port()
        (folder / "rules.toml").write_text(rules)
        self.port = 0
        self.start()

    def start(self):
        settings = {
            "CHANCERY_ADMIN_PASSWORD": PASSWORD,
            "CHANCERY_TRUSTED_PROXIES": "127.0.0.1/32",
            "CHANCERY_RULES": str(self.folder / "rules.toml"),
            "CHANCERY_GRPC": f"127.0.0.1:{self.grpc}",
        }
        where = ["--data", str(self.folder / "data"), "--listen", f"127.0.0.1:{self.port}"]
        command = [self.binary, "serve", *where]
        self.program = Program("chancery", command, self.folder, settings)
        self.port = int(self.program.until(self._port)[-1])
        self.program.until(self.ready)

    def _port(self):
        return re.findall(r" listen=127\.0\.0\.1:(\d+) ", self.program.log.read_text())

    def ready(self):
        try:
            return self.ask("GET", "/health/ready").status == 200
        except OSError:
            return False

    def ask(self, method, path, headers=None, body=None):
        """An answer of the server, asked directly."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.text = answer.read()
            return answer
        finally:
            connection.close()

    def native(self, method, path, body=None, who=("admin", PASSWORD)):
        basic = base64.b64encode(":".join(who).encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        body = json.dumps(body) if body is not None else None
        answer = self.ask(method, f"/authority/v1/{path}", headers, body)
        if not 200 <= answer.status < 300:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.text[:300]!r}")
        return json.loads(answer.text or b"null")

    def token(self, *scopes, who=("admin", PASSWORD), **wish):
        """A new token: its secret, and its id."""
        made = self.native("POST", "tokens", {"scopes": scopes, **wish}, who)
        return made["secret"], made["id"]
