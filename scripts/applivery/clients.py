"""What public clients of Applivery do, as small programs of their own, with requests.

    clients.py lookup BASE BEARER SLUG
    clients.py walk BASE BEARER ORGANIZATION APP
    clients.py enter BASE EMAIL PASSWORD CODE
    clients.py drop BASE BEARER ORGANIZATION APP TOKEN ITS-BEARER
    clients.py upload BASE BEARER FILE ROUNDS

Each prints one line of JSON. `clients.mjs` does the same in Node.
"""

import json
import sys

import requests

TIMEOUT = 30


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def lookup(base, token, slug):
    """Turns a slug into an id."""
    found = requests.get(f"{base}/v1/organizations/{slug}", headers=bearer(token), timeout=TIMEOUT)
    return found.json()["data"]["_id"]


def walk(base, token, organization, app):
    """Reads a list to its end, by each of the two members that say where that is."""
    url = f"{base}/v1/organizations/{organization}/apps/{app}/tokens"

    def page(number):
        asked = {"page": number, "limit": 10, "sort": "createdAt:desc"}
        answer = requests.get(url, headers=bearer(token), params=asked, timeout=TIMEOUT)
        return answer.json()["data"]

    by_next, number, more = [], 1, True
    while more:
        shown = page(number)
        by_next += [token["id"] for token in shown["items"]]
        more, number = shown["hasNextPage"], shown["nextPage"]

    by_total, number, last = [], 1, 1
    while number <= last:
        shown = page(number)
        by_total += [token["id"] for token in shown["items"]]
        number, last = number + 1, shown["totalPages"]
    return {"hasNextPage": by_next, "totalPages": by_total}


def enter(base, email, password, code):
    """Logs in, gives a code when asked for one, and stays in."""

    def post(path, body):
        answer = requests.post(f"{base}/v1/auth/{path}", json=body, timeout=TIMEOUT)
        return answer.status_code, answer.json()

    def said(answer):
        status, body = answer
        return [status, body["error"]["code"] if not body["status"] else 0]

    shown = {"email": email, "password": password}
    without = post("login", {"provider": "traditional", "payload": shown})
    shown["twoFactorCode"] = code
    login = post("login", {"provider": "traditional", "payload": shown})
    again = post("login", {"provider": "traditional", "payload": shown})
    pair = first = login[1]["data"]
    refreshes = []
    for _ in range(2):
        old = {
            "lastAccessToken": pair["accessToken"]["token"],
            "refreshToken": pair["refreshToken"]["token"],
        }
        refreshes.append(post("refresh", old))
        pair = refreshes[-1][1]["data"]
    old = {
        "lastAccessToken": first["accessToken"]["token"],
        "refreshToken": first["refreshToken"]["token"],
    }
    return {
        "without": said(without),
        "login": said(login),
        "again": said(again),
        "active": first["user"]["has2FAActive"],
        "refreshes": [said(refresh) for refresh in refreshes],
        "old": said(post("refresh", old)),
    }


def drop(base, token, organization, app, number, secret):
    """Deletes a token, and asks with it."""
    url = f"{base}/v1/organizations/{organization}/apps/{app}/tokens/{number}"
    before = requests.get(f"{base}/v1/app", headers=bearer(secret), timeout=TIMEOUT)
    deleted = requests.delete(url, headers=bearer(token), timeout=TIMEOUT)
    after = requests.get(f"{base}/v1/app", headers=bearer(secret), timeout=TIMEOUT)
    return [before.status_code, deleted.json(), after.status_code, after.json()["error"]["code"]]


def upload(base, token, file, rounds):
    """Sends a build again and again; each time either what was answered, or why nothing was heard."""
    outcomes = []
    for _ in range(int(rounds)):
        try:
            with open(file, "rb") as build:
                answer = requests.post(
                    f"{base}/v1/integrations/builds",
                    headers=bearer(token),
                    data={"versionName": "1.0"},
                    files={"build": build},
                    timeout=TIMEOUT,
                )
            code = answer.json()["error"]["code"]
            outcomes.append([answer.status_code, code, answer.headers.get("Connection")])
        except requests.RequestException as error:
            outcomes.append([type(error).__name__])
    return outcomes


PROGRAMS = {"lookup": lookup, "walk": walk, "enter": enter, "drop": drop, "upload": upload}

if __name__ == "__main__":
    print(json.dumps(PROGRAMS[sys.argv[1]](*sys.argv[2:])))
