"""What tests put in the place of a server, a player and the native API."""

import copy
import json
import re

import deviations
import recording
from comparison import compare
from names import Names
from player import Player
from wire import Answer, Unmet

HEAD = f"{deviations.HEADING}\n\n| record | status | body | why |\n|---|---|---|---|\n"


def record(body, *, number=1, status=200, method="GET", path="/api/v2/tokens/1/"):
    response = {"status": status, "headers": {"Content-Type": "application/json"}}
    response["body"] = body if isinstance(body, str) else json.dumps(body)
    request = {"method": method, "path": path, "headers": {}, "body": None}
    return {"n": number, "case": "", "request": request, "response": response}


def answer(body, status=200):
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, [("Content-Type", "application/json")], text)


def differences(recorded, found, declared=(), names=None, **options):
    made = record(recorded, **options)
    wanted = Answer.recorded(made["response"])
    return compare(names or Names(), made, wanted, answer(found), declared)


def table(*rows, numbers=(1, 2, 3)):
    return deviations.read(HEAD + "".join(row + "\n" for row in rows), set(numbers))


class Given:
    """A player whose server gives one answer to everything."""

    def __init__(self, found):
        self.found, self.names, self.skipped = found, Names(), {}

    def before(self, number):
        return None

    repair = before

    def request(self, _):
        return self.found

    def keep(self, *_):
        return []


class Echo:
    """A server that answers as recorded; `change` alters the answers to single records."""

    def __init__(self, change=None):
        self.change, self.next = change or {}, None

    origin = "http://127.0.0.1:1"

    def send(self, method, path, headers, body):
        for text in (path, body or "", *headers.values()):
            assert "{{" not in text and "base64(" not in text, text
        return self.next

    def recorded(self, made):
        response = copy.deepcopy(made["response"])
        response["body"] = _completed(response)
        self.change.get(made["n"], lambda response: None)(response)
        return Answer.recorded(response)


class Parrot(Player):
    """Plays against an Echo, and tells it which record comes."""

    def request(self, made):
        self.server.next = self.server.recorded(made)
        return super().request(made)

    def _ask(self, step):
        names = {key: f"{key}-{id(step)}" for key in ("token", "access_token", "refresh_token")}
        number = step.bind[1] if step.bind else 1000
        body = {"id": number, "count": 1, "OAUTH2_PROVIDER": {}, "results": [{"id": 1}], **names}
        self.server.next = answer(body)
        super()._ask(step)


class Willing:
    """A native API that does everything."""

    def reach(self, state):
        pass


class Unable:
    """A native API that does nothing."""

    def reach(self, state):
        raise Unmet("there is none")


def _completed(response):
    """A recorded body with something in the place of what was cut off or left out."""
    text = response["body"]
    if response["headers"].get("Content-Type") == "application/json" and text:
        return json.dumps(recording.parse(text))
    if not text.startswith("["):
        return text
    names = {"csrfmiddlewaretoken", *re.findall(r"'([^']+)'", text)}
    inputs = "".join(f'<input value="v" name="{name}">' for name in sorted(names))
    refusal = re.search(r"text: (\(access_denied\).*)\]", text)
    return f"<form>{inputs}</form>{refusal[1] if refusal else ''}"
