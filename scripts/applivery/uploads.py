"""A build that is sent with a bad bearer is refused before it was read. Does who sends it learn why?

Each sender tries so many times and gives a list of outcomes: status, code and `Connection` of the answer, or why
nothing was heard.
"""

import http.client
import io
import json
import socket
import subprocess
import time
from urllib.parse import urlsplit

BUILD_BYTES = 20_000_000
PIECE = bytes(64 * 1024)
PATH = "/v1/integrations/builds"
BEARER = "nonsense"


def curl(base, file, rounds):
    """curl, with the form that Applivery's page has."""
    command = ["curl", "-sS", "-i", "--max-time", "60", "-H", f"Authorization: bearer {BEARER}"]
    command += ["-H", "Expect:", "-F", f"build=@{file}", "-F", "versionName=1.0", base + PATH]
    return [_curl_once(command) for _ in range(rounds)]


def _curl_once(command):
    ended = subprocess.run(command, capture_output=True, check=False)
    if ended.returncode == 0:
        return heard(ended.stdout)
    return [f"exit code {ended.returncode}", f"{len(ended.stdout)} bytes heard"]


def slow(base, rounds, looks):
    """A sender of 64 KiB every 10 ms, in chunks, on a bare socket. One that looks stops as soon as there is an
    answer; one that doesn't goes on until it can't."""
    return [_slow_once(base, looks) for _ in range(rounds)]


def _slow_once(base, looks):
    place = urlsplit(base)
    head = [
        f"POST {PATH} HTTP/1.1",
        f"Host: {place.netloc}",
        f"Authorization: bearer {BEARER}",
        "Content-Type: multipart/form-data; boundary=chancery",
        "Transfer-Encoding: chunked",
    ]
    with socket.create_connection((place.hostname, place.port), timeout=60) as sender:
        try:
            sender.sendall("\r\n".join([*head, "", ""]).encode())
            for _ in range(BUILD_BYTES // len(PIECE)):
                if looks and _is_answered(sender):
                    break
                sender.sendall(b"%x\r\n%s\r\n" % (len(PIECE), PIECE))
                time.sleep(0.01)
            else:
                sender.sendall(b"0\r\n\r\n")
        except OSError:
            pass  # It may have been answered all the same.
        return _read(sender)


def _is_answered(sender):
    sender.setblocking(False)
    try:
        return bool(sender.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        sender.settimeout(60)


def _read(sender):
    answer = b""
    try:
        while piece := sender.recv(65536):
            answer += piece
    except OSError as error:
        if not answer:
            return [type(error).__name__]
    return heard(answer)


class _Bytes(io.BytesIO):
    def makefile(self, *_):
        return self


def heard(answer):
    """Status, code and `Connection` of an answer as it came."""
    try:
        read = http.client.HTTPResponse(_Bytes(answer))
        read.begin()
        code = json.loads(read.read())["error"]["code"]
        return [read.status, code, read.getheader("Connection")]
    except (http.client.HTTPException, ValueError, KeyError) as error:
        return [type(error).__name__]
