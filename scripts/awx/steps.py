"""What was done between the records and was not recorded, by the number of the record that follows.

Some states were set in AWX's database. Here everything is asked for: expiry through the settings,
bulk rows one by one, and what AWX has no request for through Chancery's native API (`State`).
The file of records has a part of them; steps for the others are kept, and never taken.
"""

import dataclasses
import json

SETTINGS = "/api/v2/settings/authentication/"

PASSWORDS = {
    "alice": "Al1ce-pass",
    "bob": "B0b-pass-1",
    "carol": "Car0l-pass",
    "dave": "Dav3-pass-1",
    "erin": "Er1n-pass-1",
}


@dataclasses.dataclass(frozen=True)
class Ask:
    """A request that must succeed.

    `who` is a user of `PASSWORDS` or `admin`, `USER:PASSWORD`, or `bearer TOKEN`. Of the answer,
    `keep` is kept for later {{placeholders}}, and the id is bound to a recorded one.
    """

    who: str
    method: str
    path: str
    body: str | None = None
    keep: dict = dataclasses.field(default_factory=dict)
    bind: tuple | None = None


@dataclasses.dataclass(frozen=True)
class Wait:
    """Time that must pass."""

    seconds: float


@dataclasses.dataclass(frozen=True)
class State:
    """A state of a user that AWX has no request for. The records that need it can't be judged
    without."""

    do: str  # deactivate, activate, external_account, external_account_off
    username: str
    provider: str | None = None
    needed_by: range = range(0)


def _post(who, path, keep=None, **body):
    return Ask(who, "POST", path, json.dumps(body), keep or {})


def _user(username, number):
    body = json.dumps({"username": username, "password": PASSWORDS[username]})
    return Ask("admin", "POST", "/api/v2/users/", body, bind=("users", number))


def _settings(text):
    return Ask("admin", "PATCH", SETTINGS, text)


def _lives(token, refresh_token):
    lives = {
        "ACCESS_TOKEN_EXPIRE_SECONDS": token,
        "AUTHORIZATION_CODE_EXPIRE_SECONDS": 600,
        "REFRESH_TOKEN_EXPIRE_SECONDS": refresh_token,
    }
    return _settings(json.dumps({"OAUTH2_PROVIDER": lives}))


_USUAL_LIVES = _settings('{"OAUTH2_PROVIDER": {{oauth2_provider}}}')
_ERIN_JOINS = _post("admin", "/api/v2/organizations/{{acme}}/users/", id=6)
_TOKENS = "/api/v2/tokens/"
_PUBLIC_TOKENS = "/api/v2/applications/{{app_pub}}/tokens/"


def _token(name):
    return {name: "$.token", f"{name}_id": "$.id"}


def _bulk(rows):
    """The first by name and password, the others by the first: checking a password takes long."""
    first = _post("carol", _TOKENS, {"bulk": "$.token"}, description="bulk 0")
    others = [
        _post("bearer {{bulk}}", _TOKENS, description=f"bulk {number}") for number in range(1, rows)
    ]
    return [first, *others]


BEFORE = {
    19: [_user("bob", 3), _user("carol", 4)],
    20: [_user("erin", 6)],
    22: [_ERIN_JOINS],
    33: [_ERIN_JOINS],
    132: [_post("bearer {{alice_pat}}", _TOKENS, _token("tmp"), description="suicide")],
    243: [_post("alice", _TOKENS, scope="read", description=f"fill {i}") for i in range(10)],
    357: [_post("alice", _PUBLIC_TOKENS, {"xt": "$.token"}, scope="read")],
    384: [
        Ask("admin", "GET", SETTINGS, keep={"oauth2_provider": "$.OAUTH2_PROVIDER"}),
        _lives(1, 2628000),
        Wait(1.5),
        _post("erin", _TOKENS, _token("et"), description="will expire"),
        _USUAL_LIVES,
        Wait(1.6),
    ],
    388: [_lives(60, 1), Wait(1.5)],
    390: [Wait(1.5)],
    391: [
        _USUAL_LIVES,
        _post("erin", _TOKENS, _token("ert"), description="erin"),
        State("deactivate", "erin", needed_by=range(391, 395)),
    ],
    395: [State("activate", "erin")],
    412: [State("external_account", "carol", "radius", needed_by=range(412, 416))],
    416: [_settings('{"ALLOW_OAUTH2_FOR_EXTERNAL_USERS": true}')],
    417: [
        State("external_account_off", "carol"),
        _post("alice:N3w-alice-pass", _PUBLIC_TOKENS, {"dapp": "$.token"}, scope="read"),
    ],
    420: [
        _post("admin", "/api/v2/organizations/", {"gone": "$.id"}, name="Gone"),
        Ask(
            "admin",
            "POST",
            "/api/v2/applications/",
            '{"name": "gapp", "client_type": "public", "authorization_grant_type": "password", '
            '"organization": {{gone}}}',
            {"gapp": "$.id"},
        ),
        _post("admin", "/api/v2/applications/{{gapp}}/tokens/", {"gtok": "$.token"}, scope="read"),
    ],
    422: _bulk(205),
    423: [_settings('{"AUTH_BASIC_ENABLED": false, "ALLOW_OAUTH2_FOR_EXTERNAL_USERS": false}')],
}

# A deviating answer leaves another state behind; these steps after the record make it as recorded.
REPAIRS = {
    110: [_post("admin", "/api/v2/users/1/personal_tokens/", description="x")],
    123: [_post("bearer {{alice_pat}}", _TOKENS, scope="read", description="query bearer")],
    336: [
        Ask(
            "{{app_pw_cid}}:{{app_pw_sec}}",
            "POST",
            "/api/o/token/",
            "grant_type=password&username=alice&password=Al1ce-pass&scope=read",
            {"pg3": "$.access_token", "pg3_rt": "$.refresh_token"},
        )
    ],
}
