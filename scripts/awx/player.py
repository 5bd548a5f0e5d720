"""Sends the recorded requests and the steps between them, in this server's names."""

import json
import re
import time

import steps
from names import KIND_OF_KEY, Names
from wire import BROKEN, Unmet, basic, extract

RECORDED_ORIGIN = "http://awx.example.org"
RECORDED_ADMIN = ("admin", "Adm1n-pass")


class Player:
    """One run against one server. `admin` is the superuser's name and password."""

    def __init__(self, server, admin, native, wait=time.sleep):
        self.server, self.admin, self.native, self._wait = server, admin, native, wait
        self.names = Names()
        self.values = {}  # what {{placeholders}} stand for
        self.skipped = {}  # records that can't be judged, and why

    def prepare(self):
        """Learns who the superuser is. Gives how many users there are already."""
        self._take(steps.Ask("admin", "GET", "/api/v2/me/", keep={"superuser": "$.results.0.id"}))
        self.names.bind("users", 1, self.values["superuser"])
        self._take(steps.Ask("admin", "GET", "/api/v2/users/", keep={"users": "$.count"}))
        return self.values["users"]

    def before(self, number):
        """Takes the steps before a record. Gives what went wrong first, or None."""
        return self._take_all(steps.BEFORE.get(number, []))

    def repair(self, number):
        """Makes the state after a deviating answer as recorded, as `before` does."""
        return self._take_all(steps.REPAIRS.get(number, []))

    def request(self, record):
        """Sends a recorded request."""
        request = record["request"]
        headers = {name: self._header(text) for name, text in request["headers"].items()}
        path = self._fill(self.names.url(request["path"]))
        body = request["body"]
        if body is not None:
            body = self._fill(self._own_ids(path, body))
        return self.server.send(request["method"], path, headers, body)

    def keep(self, record, wanted, found):
        """Keeps what later requests need of an answer, and pairs secrets with the recorded ones.
        Gives the names of what is not there."""
        lost = []
        for name, expression in record.get("capture", {}).items():
            actual, recorded = extract(expression, found), extract(expression, wanted)
            if actual is None:
                self.values.pop(name, None)
                lost.append(name)
                continue
            self.values[name] = actual
            if isinstance(recorded, str):
                self.names.learn([("secret", recorded, actual)])
        return lost

    # Steps.

    def _take_all(self, all_steps):
        trouble = None
        for step in all_steps:
            try:
                self._take(step)
            except (Unmet, *BROKEN) as error:
                trouble = trouble or str(error)
        return trouble

    def _take(self, step):
        if isinstance(step, steps.Wait):
            self._wait(step.seconds)
        elif isinstance(step, steps.State):
            self._reach(step)
        else:
            self._ask(step)

    def _reach(self, state):
        try:
            self.native.reach(state)
        except (Unmet, *BROKEN) as error:
            self.skipped |= {number: f"needs {state.do!r}: {error}" for number in state.needed_by}
            raise Unmet(f"{state.do}: {error}") from None

    def _ask(self, step):
        form = step.body is not None and not step.body.startswith("{")
        headers = {"Accept": "application/json", "Authorization": self._credentials(step.who)}
        body = step.body
        if body is not None:
            kind = "x-www-form-urlencoded" if form else "json"
            headers["Content-Type"] = f"application/{kind}"
            body = self._fill(body if form else self._own_ids(step.path, body))
        path = self._fill(self.names.url(step.path))
        found = self.server.send(step.method, path, headers, body)
        said = f"the step {step.method} {step.path} as {step.who.split()[0]}"
        if not 200 <= found.status < 300:
            raise Unmet(f"{said} was answered with {found.status}: {found.text[:200]}")
        for name, expression in step.keep.items():
            self.values[name] = self._kept(extract(expression, found), f"{said} gave no {name}")
        if step.bind:
            kind, recorded = step.bind
            actual = self._kept(extract("$.id", found), f"{said} gave no id")
            self.names.bind(kind, recorded, actual)

    @staticmethod
    def _kept(value, otherwise):
        if value is None:
            raise Unmet(otherwise)
        return value

    # Requests in this server's names.

    def _credentials(self, who):
        who = self._fill(who)
        if who.startswith("bearer "):
            return "Bearer " + who.removeprefix("bearer ")
        if who == "admin":
            return basic(*self.admin)
        username, colon, password = who.partition(":")
        return basic(username, password if colon else steps.PASSWORDS[username])

    def _header(self, text):
        text = self._fill(text).replace(RECORDED_ORIGIN, self.server.origin)
        pair = re.fullmatch(r"Basic base64\((.*?):(.*)\)", text)
        if not pair:
            return text
        return basic(*(self.admin if pair.groups() == RECORDED_ADMIN else pair.groups()))

    def _fill(self, text):
        """Puts what was kept into the {{placeholders}}."""

        def kept(match):
            value = self._kept(self.values.get(match[1]), f"no answer gave {{{{{match[1]}}}}}")
            return json.dumps(value) if isinstance(value, (dict, list)) else str(value)

        return re.sub(r"\{\{(\w+)\}\}", kept, text)

    def _own_ids(self, path, body):
        """A recorded JSON body with this server's ids."""
        try:
            recorded = json.loads(body)
        except ValueError:
            return body
        if not isinstance(recorded, dict):
            return body
        own = {key: self._own_id(path, key, value) for key, value in recorded.items()}
        return body if own == recorded else json.dumps(own)

    def _own_id(self, path, key, value):
        if type(value) is not int:
            return value
        kind = KIND_OF_KEY.get(key)
        if key == "id" and path.endswith("/roles/"):
            kind = "roles"
        elif key == "id" and path.endswith(("/users/", "/admins/")):
            kind = "users"
        return self.names.actual(kind, value) if kind else value
