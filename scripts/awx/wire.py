"""HTTP as it is needed here: a request on its own connection, an answer, what to keep of it."""

import base64
import collections
import http.client
import json
import re
import urllib.parse
from html.parser import HTMLParser

SECONDS = 60
# What a request can end in that is no answer.
BROKEN = (OSError, http.client.HTTPException)


class Unmet(Exception):
    """What an earlier step should have provided is not there."""


class Answer:
    """One HTTP answer: status, headers, text."""

    def __init__(self, status, headers, text):
        self.status, self.text = status, text
        self._headers = collections.defaultdict(list)
        for name, content in headers:
            self._headers[name.lower()].append(content)

    @classmethod
    def recorded(cls, response):
        pairs = [
            (name, content)
            for name, contents in response["headers"].items()
            for content in (contents if isinstance(contents, list) else [contents])
        ]
        return cls(response["status"], pairs, response["body"])

    def header(self, name):
        return (self._headers.get(name.lower()) or [None])[0]

    def cookies(self):
        pairs = (text.split(";")[0].split("=", 1) for text in self._headers.get("set-cookie", []))
        return {pair[0].strip(): pair[1].strip('"') for pair in pairs if len(pair) == 2}

    def json(self):
        """The body as JSON, or None."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class Server:
    """A server on plain HTTP."""

    def __init__(self, base):
        parts = urllib.parse.urlsplit(base)
        if parts.scheme != "http" or not parts.netloc or parts.path.strip("/"):
            raise ValueError(f"{base}: http://HOST:PORT is needed")
        self.origin, self._address = f"http://{parts.netloc}", parts.netloc

    def send(self, method, path, headers, body):
        link = http.client.HTTPConnection(self._address, timeout=SECONDS)
        try:
            data = None if body is None else body.encode()
            link.request(method, path, body=data, headers=headers)
            got = link.getresponse()
            return Answer(got.status, got.getheaders(), got.read().decode("utf-8", "replace"))
        finally:
            link.close()


class Inputs(HTMLParser):
    """The names and values of a page's inputs, whatever the order of their attributes."""

    def __init__(self, page):
        super().__init__()
        self.values = {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in ("input", "button") and attrs.get("name"):
            self.values[attrs["name"]] = attrs.get("value") or ""


def basic(username, password):
    """The header of a user name and a password."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def extract(expression, answer):
    """Takes a value out of an answer; None if it is not there.

    `$.a.0.b` of the JSON body; `cookie:NAME`; `re:loc:REGEX` of Location; `re:REGEX` of the body;
    `re:name="NAME"...` the value of an input, whose attributes may stand in any order.
    """
    try:
        return _extract(expression, answer)
    except (KeyError, IndexError, TypeError):
        return None


def _extract(expression, answer):
    if expression.startswith("$."):
        got = answer.json()
        for part in expression[2:].split("."):
            got = got[int(part)] if part.isdigit() else got[part]
        return got
    if expression.startswith("cookie:"):
        return answer.cookies()[expression[7:]]
    if expression.startswith("re:loc:"):
        return re.search(expression[7:], answer.header("Location") or "")[1]
    field = re.match(r're:name="(\w+)"', expression)
    if field:
        return Inputs(answer.text).values[field[1]]
    return re.search(expression[3:], answer.text)[1]
