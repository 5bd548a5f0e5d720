"""Compares bodies: JSON value by value, of pages only what programs read, other text as it is."""

import dataclasses
import re
from datetime import datetime

import recording
from leniency import FREE_NUMBERS, NEEDED, NODE_NAMES, NOT_COMPARED, OPAQUE_LISTS, RELEVANT
from leniency import UNORDERED
from names import KIND_OF_KEY, KIND_OF_TYPE, OBJECT_URL
from recording import OpenDict, OpenList
from wire import Inputs

MASK = "*" * 12
SECRET_KEYS = {"token", "refresh_token", "access_token", "client_id", "client_secret"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z\Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
RELEVANT_URL = re.compile(rf"/api/v2/({'|'.join(sorted(RELEVANT))})/[^/]+/\Z")
DAY, LATE = 86400, 5


def compare(findings, record, wanted, found):
    media = (wanted.header("Content-Type") or "").split(";")[0]
    if not wanted.text or record["request"]["method"] == "HEAD":
        if found.text:
            findings.differ("body", f"none expected, {len(found.text)} characters found")
    elif media == "application/json":
        _json(findings, record, wanted.text, found.json())
    elif wanted.text.startswith("["):
        _page(findings, wanted.text, found.text)
    elif wanted.text.strip() != found.text.strip():
        findings.differ("body", f"{wanted.text!r} expected, {found.text[:90]!r} found")


def _json(findings, record, wanted, found):
    if found is None:
        findings.differ("body", "no JSON")
    else:
        Body(findings, record).value(recording.parse(wanted), found, Spot())


def _page(findings, wanted, found):
    """HTML: only form inputs and the text of a refusal."""
    inputs = re.search(r"form inputs: \[(.*?)\]", wanted)
    missing = set(re.findall(r"'([^']+)'", inputs[1] if inputs else "")) - set(Inputs(found).values)
    if missing:
        findings.differ("body", f"missing inputs {sorted(missing)}")
    refusal = re.search(r"text: (\(access_denied\).*)\]", wanted)
    if refusal and refusal[1] not in re.sub(r"\s+", " ", found):
        findings.differ("body", f"{found[:90]!r} found")


@dataclasses.dataclass(frozen=True)
class Spot:
    """A place in a body: the key, the path to it, what kind of thing an `id` here is the id of, and
    the recorded object around it."""

    key: str = ""
    path: str = ""
    kind: str | None = None
    around: dict = dataclasses.field(default_factory=dict)

    def inside(self, key, kind, around):
        return Spot(key, f"{self.path}.{key}" if self.path else key, kind, around)

    def item(self, number):
        kind = self.kind or KIND_OF_KEY.get(self.key)
        return dataclasses.replace(self, path=f"{self.path}[{number}]", kind=kind)


class Body:
    """Compares JSON. In each method `r` is what was recorded and `a` what is actually there."""

    def __init__(self, findings, record):
        self.findings, self.names, self.number = findings, findings.names, record["n"]
        self.path = record["request"]["path"].split("?")[0]
        self.options = record["request"]["method"] == "OPTIONS"
        self.fine = record["response"]["status"] == 200

    def header(self, name, r, a):
        """Compares a header as if it were a text in a body."""
        self._text(r, a, Spot(path=name))

    def value(self, r, a, spot):
        if type(a) is not _plain(r):
            self._differ(spot, f"{_called(r)} expected, {_called(a)} found")
        elif isinstance(r, dict):
            self._object(r, a, spot)
        elif isinstance(r, list):
            self._list(r, a, spot)
        elif isinstance(r, str):
            self._text(r, a, spot)
        elif type(r) is int:
            self._number(r, a, spot)
        elif r != a:
            self._differ(spot, f"{r!r} expected, {a!r} found")

    def _differ(self, spot, text):
        self.findings.differ(spot.path or "body", text)

    # Numbers and texts.

    def _number(self, r, a, spot):
        kind = spot.kind if spot.key == "id" else KIND_OF_KEY.get(spot.key)
        if spot.key == "resource_id":
            kind = KIND_OF_TYPE.get(spot.around.get("resource_type"))
        if kind:
            self.findings.pair(kind, r, a, spot.path)
        elif spot.key in FREE_NUMBERS:
            if a <= 0:
                self._differ(spot, f"{a} is not positive")
        elif r != a:
            self._differ(spot, f"{r!r} expected, {a!r} found")

    def _text(self, r, a, spot):
        described = self.options and spot.path == "description"
        if spot.key in NODE_NAMES or r.startswith("[elided") or described:
            return
        if TIME.match(r):
            if not TIME.match(a):
                self._differ(spot, f"{a[:90]!r} is no time")
        elif UUID.match(r):
            self._uuid(r, a, spot)
        elif spot.key in SECRET_KEYS and r and MASK not in r:
            self._secret(r, a, spot)
        elif "/api/" in r:
            self._url(r, a, spot)
        else:
            self._words(r, a, spot)

    def _uuid(self, r, a, spot):
        if UUID.match(a):
            self.findings.pair("uuid", r, a, spot.path)
        else:
            self._differ(spot, "no UUID")

    def _secret(self, r, a, spot):
        if not a or re.search(r"[*\s]", a):
            self._differ(spot, "a secret expected")
        else:
            self.findings.pair("secret", r, a, spot.path)

    def _words(self, r, a, spot):
        # The activity stream calls an organization by name and number: "Acme-2".
        numbered = re.fullmatch(r"(.*)-(\d+)", r, re.DOTALL)
        if numbered and spot.key == "organization":
            r = f"{numbered[1]}-{self.names.actual('organizations', int(numbered[2]))}"
        if self.names.secrets(r) == a:
            return
        # What should have been masked may be a secret, and is not repeated.
        masked = "a mask expected, something else found"
        self._differ(spot, masked if MASK in r else f"{r!r} expected, {a[:90]!r} found")

    def _url(self, r, a, spot):
        """The same URL; ids that were not met before are learnt."""
        there, here = OBJECT_URL.findall(r), OBJECT_URL.findall(a)
        if len(there) == len(here):
            for (kind, recorded), (_, actual) in zip(there, here):
                self.findings.pair(kind, int(recorded), int(actual), spot.path)
        expected = self.names.secrets(self.names.url(r))
        bare = [OBJECT_URL.sub(r"/api/v2/\1/#", url) for url in (expected, a)]
        if bare[0] != bare[1]:
            self._differ(spot, f"{r!r} expected, {a[:120]!r} found")

    # Objects and lists.

    def _object(self, r, a, spot):
        def inside(key):
            return spot.inside(key, self._kind_inside(r, a, spot), r)

        for key in [key for key in r if key not in a and key not in self._optional(r, spot)]:
            self._differ(inside(key), "missing")
        for key in [key for key in a if key not in r and not isinstance(r, OpenDict)]:
            self._differ(inside(key), "unexpected")
        self._order(r, a, spot)
        skipped = NOT_COMPARED.get(self.number, ()) if not spot.path else ()
        for key in [key for key in r if key in a and key not in skipped]:
            self.value(r[key], a[key], inside(key))
        self._life(r, a, inside("expires"))

    def _order(self, r, a, spot):
        wanted, found = [key for key in r if key in a], [key for key in a if key in r]
        if wanted != found and spot.key not in UNORDERED:
            self._differ(spot.inside("(order)", None, r), " ".join(found)[:120])

    def _kind_inside(self, r, a, spot):
        """What an `id` in this object is the id of."""
        kind = (a if isinstance(r, OpenDict) else r).get("type")  # a cut may have taken it away
        if isinstance(kind, str) and kind in KIND_OF_TYPE:
            return KIND_OF_TYPE[kind]
        if spot.key == "changes":
            return KIND_OF_TYPE.get(spot.around.get("object1"))
        if spot.key.endswith("_role"):
            return "roles"
        return KIND_OF_KEY.get(spot.key) or (spot.kind if spot.key == "results" else None)

    def _optional(self, r, spot):
        """The keys that only a full AWX needs to have."""
        if not spot.path and self.path in NEEDED and not self.options and self.fine:
            return set(r) - NEEDED[self.path]
        if spot.key in NEEDED:
            return set(r) - NEEDED[spot.key]
        if spot.key == "related":
            return {key for key, url in r.items() if key != "named_url" and _irrelevant(url)}
        return set()

    def _life(self, r, a, spot):
        """What is short is as short; what is long is merely in the future."""
        lives = [_life(thing) for thing in (r, a)]
        if None in lives:
            return
        wanted, found = lives
        if (abs(wanted - found) > LATE) if wanted < DAY else (found <= 0):
            self._differ(spot, f"{found:.0f} s after created, {wanted:.0f} s expected")

    def _list(self, r, a, spot):
        if spot.key in OPAQUE_LISTS:
            return
        if spot.key in NEEDED and all(isinstance(item, str) for item in r + a):
            if not NEEDED[spot.key] & set(r) <= set(a) <= set(r):
                self._differ(spot, f"{a} found")
            return
        if len(a) < len(r) or (len(a) > len(r) and not isinstance(r, OpenList)):
            self._differ(spot, f"{len(r)} items expected, {len(a)} found")
        for number, (wanted, found) in enumerate(zip(r, a)):
            self.value(wanted, found, spot.item(number))


def _plain(recorded):
    """The type that a value has where nothing was cut off."""
    return {OpenDict: dict, OpenList: list}.get(type(recorded), type(recorded))


def _called(value):
    names = {dict: "object", list: "list", str: "text", bool: "boolean", int: "number"}
    return names.get(type(value), "number" if isinstance(value, float) else "null")


def _irrelevant(url):
    """Whether only a full AWX has what this URL leads to."""
    if not isinstance(url, str):
        return False
    last = url.split("?")[0].strip("/").split("/")[-1]
    return last not in RELEVANT and not RELEVANT_URL.match(url)


def _life(thing):
    """The seconds from `created` to `expires`, where there are both."""
    times = [thing.get(key) for key in ("created", "expires")]
    if not all(isinstance(time, str) and TIME.match(time) for time in times):
        return None
    created, expires = (datetime.fromisoformat(time) for time in times)
    return (expires - created).total_seconds()
