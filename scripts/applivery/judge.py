"""Judges the Applivery face of an empty server, as its public clients see it.

    CHANCERY_ADMIN_PASSWORD=... judge.py --base http://127.0.0.1:8700 --folder DIR --rounds 5

Prints a line for each check, and how many passed. `run` starts the server and calls this.
"""

import argparse
import base64
import collections
import functools
import hashlib
import hmac
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import requests
import uploads

HERE = pathlib.Path(__file__).resolve().parent
ID = re.compile(r"[0-9a-f]{24}")
PASSWORD = "harbour-mantle-93-copper"
PEOPLE = ("dana", "pia", "noah")
MANY = 25
CLIENTS = {
    "requests": [sys.executable, str(HERE / "clients.py")],
    "fetch": ["node", str(HERE / "clients.mjs")],
}


class Judge:
    """Counts what passed."""

    def __init__(self):
        self.passed = self.total = 0

    def check(self, name, question):
        """Passes if the question finds nothing wrong; what it says then is told."""
        self.total += 1
        try:
            told = question() or ""
        except Exception as error:  # Whatever goes wrong is this check's failure.
            print(f"FAILED  {name}: {type(error).__name__}: {str(error)[:300]}", flush=True)
            return
        self.passed += 1
        print(f"ok      {name}{told and ': '}{told}", flush=True)


def equal(found, expected):
    """Complains about a difference."""
    if found != expected:
        raise AssertionError(f"{found!r}, not {expected!r}")


def totp(secret, step):
    """The code of a second factor in a step of 30 s since 1970 (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    place = mac[-1] & 15
    number = int.from_bytes(mac[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def run(command, **others):
    """What a program prints; it must end well."""
    ended = subprocess.run(command, capture_output=True, check=False, timeout=300, **others)
    if ended.returncode != 0:
        raise AssertionError(f"exit code {ended.returncode}: {ended.stderr.decode()[-300:]}")
    return ended.stdout.decode()


class World:
    """What is there before the clients come: made over the native API, then over Applivery's."""

    def __init__(self, base, folder):
        self.base, self.folder = base, folder
        self.admin = ("admin", os.environ["CHANCERY_ADMIN_PASSWORD"])
        for name in PEOPLE:
            person = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
            self.native("users", self.admin, person)
        owner = ("dana", PASSWORD)
        place = self.native("organizations", owner, {"name": "Acme Mobile"})
        app = {"organization": place["id"], "name": "Shop App", "slug": "shop"}
        self.native("applications", owner, app)
        self.organization, self.app, self.bearer = "acme-mobile", "shop", None

    def native(self, path, who, body):
        url = f"{self.base}/authority/v1/{path}"
        answer = requests.post(url, json=body, auth=who, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def ask(self, method, path, bearer, body=None):
        """A call of Applivery's API: status and body."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        url = f"{self.base}/v1/{path}"
        answer = requests.request(method, url, headers=headers, json=body, timeout=30)
        return answer.status_code, answer.json()

    def enter(self):
        """Logs the owner in; makes a service account, whose bearer the clients have; and learns the ids."""
        payload = {"email": "dana@example.com", "password": PASSWORD}
        login = {"provider": "traditional", "payload": payload}
        status, answer = self.ask("POST", "auth/login", None, login)
        equal((status, answer["status"]), (200, True))
        person = answer["data"]["accessToken"]["token"]
        path = f"organizations/{self.organization}"
        status, answer = self.ask("POST", f"{path}/service-accounts/", person, {"role": "admin"})
        made = answer["data"]
        equal((status, answer["status"], made["role"]), (200, True, "admin"))
        equal(made["email"], f"{made['id']}@{made['organization']}.iam.applivery.io")
        self.bearer, self.organization = made["bearer"], made["organization"]
        status, answer = self.ask("GET", f"{path}/apps/", self.bearer)
        [shop] = answer["data"]["items"]
        self.app = shop["id"]

    @property
    def tokens(self):
        return f"organizations/{self.organization}/apps/{self.app}/tokens"

    def token(self, **wish):
        status, answer = self.ask("POST", self.tokens, self.bearer, wish)
        equal(status, 200)
        return answer["data"]

    def printed(self, name, last_line=""):
        """A printed call, with the base and the placeholders filled in, and a line that tells what came."""
        text = (HERE / name).read_text() + last_line
        for blank, value in {
            "https://api.applivery.io": self.base,
            "{organizationId}": self.organization,
            "{applicationId}": self.app,
            "<YOUR_API_KEY>": self.bearer,
        }.items():
            equal(blank in text, True)
            text = text.replace(blank, value)
        file = self.folder / name
        file.write_text(text)
        return str(file)


def opens(world, bearer):
    """Whether a token is good for what a mobile SDK asks first."""
    status, answer = world.ask("GET", "app", bearer)
    equal((status, answer["status"], answer["data"]["id"]), (200, True, world.app))


def judge_printed(world, printed):
    """A printed call makes a token as documented."""
    status, answer = json.loads(printed)
    equal((status, answer["status"]), (200, True))
    made = answer["data"]
    for key in ("id", "organization", "application"):
        equal(bool(ID.fullmatch(made[key])), True)
    equal((made["organization"], made["application"]), (world.organization, world.app))
    equal((made["description"], made["scopes"]), ("string", ["sdk"]))
    equal(len(made["bearer"]) <= 128, True)
    opens(world, made["bearer"])


def by_curl(world):
    """curl says the status only if it is told to: in a file of settings, so that the call stays as printed."""
    (world.folder / ".curlrc").write_text('silent\nshow-error\nwrite-out = "\\n%{http_code}"\n')
    home = os.environ | {"CURL_HOME": str(world.folder)}
    body, status = run(["bash", world.printed("curl.sh")], env=home).rsplit("\n", 1)
    judge_printed(world, f"[{status}, {body}]")


def by_fetch(world):
    last = "console.log(JSON.stringify([response.status, data]));\n"
    judge_printed(world, run(["node", world.printed("fetch.mjs", last)]))


def by_requests(world):
    last = "import json; print(json.dumps([response.status_code, data]))\n"
    judge_printed(world, run([sys.executable, world.printed("requests_call.py", last)]))


def program(world, client, *arguments):
    """What one of the clients' programs says."""
    name, *rest = arguments
    return json.loads(run([*CLIENTS[client], name, world.base, *map(str, rest)]))


def lookup(world, client):
    """By slug, in any case, and by id."""
    for named in ("acme-mobile", "ACME-Mobile", world.organization):
        equal(program(world, client, "lookup", world.bearer, named), world.organization)


def walk(world, client):
    shown = program(world, client, "walk", world.bearer, world.organization, world.app)
    for ids in shown.values():
        equal((len(ids), len(set(ids))), (MANY, MANY))
    equal(shown["hasNextPage"], shown["totalPages"])


def enter(world, client, name):
    """Enrols a second factor over the native API, then lets the client log in with it."""
    who = (name, PASSWORD)
    secret = world.native("me/second-factor", who, {"password": PASSWORD})["secret"]
    now = int(time.time()) // 30
    world.native("me/second-factor/confirm", who, {"code": totp(secret, now)})
    # A code is good once, so the login has the next one, which is good already.
    code = totp(secret, now + 1)
    shown = program(world, client, "enter", f"{name}@example.com", PASSWORD, code)
    expected = {
        "without": [401, 4014],
        "login": [200, 0],
        "again": [401, 4015],
        "active": True,
        "refreshes": [[200, 0], [200, 0]],
        "old": [401, 4004],
    }
    equal(shown, expected)


def drop(world, client):
    token = world.token(description="to go")
    asked = (world.bearer, world.organization, world.app, token["id"], token["bearer"])
    shown = program(world, client, "drop", *asked)
    equal(shown, [200, {"status": True, "data": {}}, 401, 4004])


def narrow(world):
    """A token for SDKs is told that it is not for uploads; one for uploads that they are not taken here."""
    path = "integrations/builds"
    status, answer = world.ask("POST", path, world.token(scopes=["sdk"])["bearer"])
    permission = answer["error"]["data"]["permission"]
    equal((status, answer["error"]["code"], permission), (403, 4003, "mad.integration.update"))
    status, answer = world.ask("POST", path, world.token(scopes=["integrationApi"])["bearer"])
    equal((status, answer["error"]["code"]), (404, 404))


def at_the_gateway(world):
    """What a gateway asks before it lets a token through to whatever serves builds or SDKs."""
    bearers = {scope: world.token(scopes=[scope])["bearer"] for scope in ("sdk", "integrationApi")}
    bearers["neither said"] = world.token()["bearer"]
    found = {}
    for name, bearer in bearers.items():
        for permission in ("mad.sdk.app.get", "mad.integration.get", "mad.integration.update"):
            headers = {"Authorization": f"Bearer {bearer}", "X-Chancery-Require": permission}
            answer = requests.get(f"{world.base}/check", headers=headers, timeout=30)
            found.setdefault(name, []).append(answer.status_code)
    expected = {"sdk": [204, 403, 403], "integrationApi": [403, 204, 204]}
    equal(found, expected | {"neither said": [204, 204, 204]})


def refused_upload(send, rounds):
    """Every time the sender must have read why."""
    outcomes = collections.Counter(map(tuple, send()))
    good = outcomes.pop((401, 4004, "close"), 0)
    lost = ", ".join(f"{count} × {outcome}" for outcome, count in outcomes.items())
    if good != rounds or lost:
        raise AssertionError(f"read {good} of {rounds}; else {lost}")
    return f"read {good} of {rounds}"


def senders(world, rounds):
    """Everybody who sends builds."""
    build = world.folder / "build.apk"
    build.write_bytes(bytes(uploads.BUILD_BYTES))
    bare = functools.partial(uploads.slow, world.base, rounds)

    def library(client):
        return program(world, client, "upload", uploads.BEARER, build, rounds)

    return {
        "curl": lambda: uploads.curl(world.base, build, rounds),
        "requests": lambda: library("requests"),
        "fetch": lambda: library("fetch"),
        "a slow sender that looks for an answer": lambda: bare(looks=True),
        "a slow sender that doesn't": lambda: bare(looks=False),
    }


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--base", required=True)
    asked.add_argument("--folder", type=pathlib.Path, required=True)
    asked.add_argument("--rounds", type=int, required=True)
    asked = asked.parse_args()
    world, judge = World(asked.base, asked.folder), Judge()

    judge.check("login, service account, list of apps", world.enter)
    judge.check("as printed: curl", lambda: by_curl(world))
    judge.check("as printed: fetch", lambda: by_fetch(world))
    judge.check("as printed: requests", lambda: by_requests(world))
    for _ in range(MANY - 3):
        world.token(description="one of many")
    for client, name in zip(CLIENTS, PEOPLE[1:], strict=True):
        judge.check(f"{client}: a slug becomes an id", lambda: lookup(world, client))
        judge.check(f"{client}: {MANY} tokens, page by page", lambda: walk(world, client))
        judge.check(f"{client}: login by two factors, refresh", lambda: enter(world, client, name))
        judge.check(f"{client}: a deleted token is dead", lambda: drop(world, client))
    judge.check("scopes open what they are for", lambda: narrow(world))
    judge.check("scopes at the gateway", lambda: at_the_gateway(world))
    for name, send in senders(world, asked.rounds).items():
        judge.check(f"refused upload: {name}", lambda: refused_upload(send, asked.rounds))

    print(f"{judge.passed} of {judge.total} passed")
    sys.exit(judge.passed != judge.total)


if __name__ == "__main__":
    main()
