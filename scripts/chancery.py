"""Starts and ends real programs, Chancery above all, for scripts that judge it from outside."""

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
ADMIN = ("admin", PASSWORD)
PATIENCE = 20


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
            if self.process.poll() is not None or time.monotonic() > began + PATIENCE:
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
        """Ends it. Gives its exit status."""
        if self.process.poll() is None:
            self.tell(signal.SIGCONT)
            self.tell(number)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.running.discard(self)
        return self.process.wait()

    @classmethod
    def end_all(cls):
        for program in list(cls.running):
            program.end(signal.SIGKILL)


class Chancery:
    """A server with an empty folder, and its native API as its administrator sees it."""

    def __init__(self, binary, folder, settings):
        self.binary, self.folder, self.settings = binary, folder, settings
        self.port = 0
        self.start()

    def start(self):
        """Starts it, where it was if it was started before."""
        settings = {"CHANCERY_ADMIN_PASSWORD": PASSWORD, **self.settings}
        where = ["--data", str(self.folder / "data"), "--listen", f"127.0.0.1:{self.port}"]
        command = [self.binary, "serve", *where]
        self.program = Program("chancery", command, self.folder, settings)
        try:
            self.port = int(self.program.until(self._port)[-1])
            self.program.until(self.ready)
        except BaseException:
            self.program.end(signal.SIGKILL)
            raise

    def _port(self):
        return re.findall(r" listen=127\.0\.0\.1:(\d+) ", self.program.log.read_text())

    def ready(self):
        try:
            return self.ask("GET", "/health/ready").status == 200
        except OSError:
            return False

    def ask(self, method, path, headers=None, body=None):
        """An answer of the server, asked directly."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.text = answer.read()
            return answer
        finally:
            connection.close()

    def ask_as(self, method, path, body=None, who=ADMIN, token=None):
        """The same, asked as JSON by somebody with a name and a password, or with a token."""
        basic = base64.b64encode(":".join(who).encode()).decode()
        shown = f"Bearer {token}" if token else f"Basic {basic}"
        headers = {"Authorization": shown, "Content-Type": "application/json"}
        return self.ask(method, path, headers, json.dumps(body) if body is not None else None)

    def native(self, method, path, body=None, who=ADMIN):
        answer = self.ask_as(method, f"/authority/v1/{path}", body, who)
        if not 200 <= answer.status < 300:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.text[:300]!r}")
        return json.loads(answer.text or b"null")

    def token(self, *scopes, who=ADMIN, **wish):
        """A new token: its secret, and its id."""
        made = self.native("POST", "tokens", {"scopes": scopes, **wish}, who)
        return made["secret"], made["id"]
