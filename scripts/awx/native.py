"""States of users that AWX has no request for, asked of Chancery's native API."""

import json
import urllib.parse

from wire import Unmet

USERS = "/authority/v1/users"


class Native:
    """The native API as the superuser.

    User name and password are good there too, and leave neither a token nor a session behind: lists
    that AWX's clients see stay as they are. An access token of a session would not do: it is bound
    to an organization and may not do what concerns the whole installation.
    """

    def __init__(self, server, authorization):
        self.server, self.authorization = server, authorization

    def reach(self, state):
        """Puts a user into a state, or says in `Unmet` why not."""
        user = f"{USERS}/{self._id(state.username)}"
        if state.do == "deactivate":
            self._ask("POST", f"{user}/disable")
        elif state.do == "activate":
            self._ask("POST", f"{user}/enable")
        elif state.do in ("external_account", "external_account_off"):
            self._ask("PATCH", user, {"provider": state.provider})
        else:
            raise ValueError(state.do)

    def _id(self, username):
        path = f"{USERS}?limit=200"
        while path:
            page = self._ask("GET", path)
            for user in page["items"]:
                if user["username"] == username:
                    return user["id"]
            cursor = page["next"] and urllib.parse.quote(page["next"], safe="")
            path = cursor and f"{USERS}?limit=200&cursor={cursor}"
        raise Unmet(f"the native API knows no user {username}")

    def _ask(self, method, path, body=None):
        headers = {"Accept": "application/json", "Authorization": self.authorization}
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        answer = self.server.send(method, path, headers, body)
        got = answer.json()
        if not 200 <= answer.status < 300 or not isinstance(got, dict):
            said = answer.text[:200]
            raise Unmet(f"the native API answers {method} {path} with {answer.status}: {said}")
        return got
