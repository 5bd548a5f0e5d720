"""A fresh server, and what a superuser makes on it for generated requests to meet."""

import base64
import json
import os
import pathlib
import re
import subprocess
import time
import urllib.error
import urllib.request

PASSWORD = "orchard-lantern-57-quill"
PATIENCE = 20.0
# A page's worth of each thing: deletions and suspensions hit some of them only.
SOME = 4


class Server:
    """Runs as long as the `with` block does."""

    def __init__(self, chancery, folder):
        self.chancery, self.folder, self.process = chancery, pathlib.Path(folder), None

    def __enter__(self):
        environment = {
            "PATH": os.environ["PATH"],
            "CHANCERY_ADMIN_PASSWORD": PASSWORD,
            "CHANCERY_ADMIN_EMAIL": "admin@example.com",
            "CHANCERY_TOKENS_PER_HOLDER": "none",
        }
        command = [self.chancery, "serve", "--data", self.folder / "data", "--listen", "127.0.0.1:0"]
        with open(self.folder / "err", "wb") as err:
            self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=err)
        try:
            self.base = self.ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.status = self.process.wait()

    def said(self):
        return (self.folder / "err").read_text()

    def ready(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            listens = re.search(r" listen=([0-9.:]+) ", self.said())
            if listens and self.asks("GET", f"http://{listens[1]}/health/ready")[0] == 200:
                return f"http://{listens[1]}"
            time.sleep(0.02)
        raise RuntimeError(f"the server is not ready: {self.said()}")

    def asks(self, method, url, body=None, token=None):
        """Asks as the superuser: with this token, or else with name and password."""
        basic = "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}" if token else basic}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()
        except OSError as lost:
            return 0, str(lost)

    def makes(self, path, body, token=None):
        status, made = self.asks("POST", self.base + path, body, token)
        if status not in (200, 201, 204):
            raise RuntimeError(f"POST {path} is answered with {status}: {made}")
        return made


def furnish(server):
    """Makes some of everything. Gives real values for parameters of paths, by the word before them; the superuser's
    own token, user and organization, which no request may end; and its two tokens."""
    own = server.asks("GET", server.base + "/authority/v1/me")[1]
    home = server.asks("GET", server.base + "/authority/v1/organizations")[1]["items"][0]
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
