"""A fresh server, and what a superuser makes on it for generated requests to meet."""

import json

from chancery import ADMIN, PASSWORD, Chancery

# A page's worth of each thing: deletions and suspensions hit some of them only.
SOME = 4


class Server(Chancery):
    """Runs as long as the `with` block does."""

    def __init__(self, binary, folder):
        settings = {"CHANCERY_ADMIN_EMAIL": "admin@example.com", "CHANCERY_TOKENS_PER_HOLDER": "none"}
        super().__init__(binary, folder, settings)
        self.base = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.status = self.program.end()

    def said(self):
        return self.program.log.read_text()

    def asks(self, method, path, body=None, token=None):
        """Asks as the superuser: with this token, or else with name and password."""
        try:
            answer = self.ask_as(method, path, body, ADMIN, token)
        except OSError as lost:
            return 0, str(lost)
        return answer.status, json.loads(answer.text or b"null") if answer.status < 400 else answer.text

    def makes(self, path, body, token=None):
        status, made = self.asks("POST", path, body, token)
        if status not in (200, 201, 204):
            raise RuntimeError(f"POST {path} is answered with {status}: {made}")
        return made


def furnish(server):
    """Makes some of everything. Gives real values for parameters of paths, by the word before them; the superuser's
    own token, user and organization, which no request may end; and its two tokens."""
    own = server.asks("GET", "/authority/v1/me")[1]
    home = server.asks("GET", "/authority/v1/organizations")[1]["items"][0]
    personal = server.makes("/authority/v1/tokens", {"label": "everywhere"})
    bound = server.makes("/authority/v1/tokens", {"label": "at home", "organization": home["id"]})
    values = {}

    def keep(word, value):
        values.setdefault(word, []).append(value)

    native = "/authority/v1"
    for number in range(SOME):
        away = server.makes(f"{native}/organizations", {"name": f"Away {number}"})
        user = server.makes(f"{native}/users", {"username": f"user-{number}", "email": f"user-{number}@example.com",
                                                "password": PASSWORD})
        member = {"user": user["id"], "role": "editor"}
        server.makes(f"{native}/organizations/{home['id']}/members", member)
        server.makes(f"{native}/organizations/{away['id']}/members", member)
        shop = server.makes(f"{native}/applications", {"organization": home["id"], "name": f"Shop {number}"})
        robot = {"organization": home["id"], "name": f"robot-{number}", "role": "viewer"}
        robot = server.makes(f"{native}/service-accounts", robot)
        token = server.makes(f"{native}/tokens", {"label": f"made {number}", "organization": home["id"]})
        group = server.makes("/v0/teams/groups", {"name": f"Group {number}"}, bound["secret"])
        place = f"/v1/organizations/{home['slug']}"
        sold = server.makes(f"{place}/apps/{shop['slug']}/tokens", {"description": "x", "scopes": ["sdk"]},
                            personal["secret"])["data"]
        served = server.makes(f"{place}/service-accounts", {"role": "admin", "description": f"ci {number}"},
                              personal["secret"])["data"]
        for word, value in [("organizations", away["id"]), ("members", user["id"]), ("users", user["id"]),
                            ("applications", shop["id"]), ("apps", shop["id"]), ("service-accounts", robot["id"]),
                            ("tokens", token["id"]), ("groups", group["id"]), ("v1 apps", shop["slug"]),
                            ("v1 organizations", home["slug"]), ("v1 tokens", sold["id"]),
                            ("v1 service-accounts", served["id"])]:
            keep(word, value)
    # AWX's numbers: 1 is the superuser, the home and the first token.
    values["api"] = [str(number) for number in range(3, SOME + 2)]
    spared = [own["id"], home["id"], personal["id"], bound["id"], "1", "2"]
    return values, spared, {"personal": personal["secret"], "bound": bound["secret"]}
