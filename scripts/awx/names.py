"""What recorded values are called on the server that is judged.

Ids are numbered from 1 here and there, but need not be the same numbers. Each recorded id, secret
and UUID stands for exactly one on the server and the other way round: a bijection for each kind,
learnt from answers that are as recorded.
"""

import collections
import re

KIND_OF_TYPE = {
    "user": "users",
    "organization": "organizations",
    "team": "teams",
    "role": "roles",
    "o_auth2_application": "applications",
    "o_auth2_access_token": "tokens",
    "activity_stream": "activity_stream",
}
KIND_OF_KEY = {
    "user": "users",
    "created_by": "users",
    "modified_by": "users",
    "actor": "users",
    "user_id": "users",
    "application": "applications",
    "application_id": "applications",
    "o_auth2_application": "applications",
    "organization": "organizations",
    "team": "teams",
    "o_auth2_access_token": "tokens",
    "tokens": "tokens",
}
_KINDS = "|".join(sorted(set(KIND_OF_TYPE.values())))
OBJECT_URL = re.compile(rf"/api/v2/({_KINDS})/(\d+)(?=/)")
_LIST_URL = re.compile(rf"/({_KINDS})/")
# A condition on an id in a query, such as `or__id__in=1,2`.
_ID_FILTER = re.compile(
    r"((?:^|&)(?:or__|not__|chain__)*)(id|user|application)((?:__(?:in|gt|int))?=)([\d,]+)"
)


class Names:
    """Pairs of recorded and actual values, by kind."""

    def __init__(self):
        self._there = collections.defaultdict(dict)
        self._back = collections.defaultdict(dict)

    def actual(self, kind, recorded):
        """What a recorded value is called on the server; itself while that is not known."""
        return self._there[kind].get(recorded, recorded)

    def clash(self, kind, recorded, actual):
        """Why these two can't be a pair, or None."""
        before = self._there[kind].get(recorded, actual)
        if before != actual:
            return f"{kind} {recorded} was {before} before, now {actual}"
        before = self._back[kind].get(actual, recorded)
        if before != recorded:
            return f"{kind} {actual} stood for {before} before, now for {recorded}"
        return None

    def bind(self, kind, recorded, actual):
        """Learns a pair; what was learnt before stays."""
        self._there[kind].setdefault(recorded, actual)
        self._back[kind].setdefault(actual, recorded)

    def learn(self, pairs):
        """Learns those of the pairs that fit."""
        for kind, recorded, actual in pairs:
            if not self.clash(kind, recorded, actual):
                self.bind(kind, recorded, actual)

    def url(self, text):
        """A recorded URL in the server's ids, as far as they are known."""
        text = OBJECT_URL.sub(lambda m: f"/api/v2/{m[1]}/{self.actual(m[1], int(m[2]))}", text)
        path, mark, query = text.partition("?")
        return path + mark + self._query(path, query)

    def _query(self, path, query):
        listed = (_LIST_URL.findall(path) or [None])[-1]

        def renamed(match):
            before, field, lookup, numbers = match.groups()
            kind = listed if field == "id" else KIND_OF_KEY[field]
            ids = re.sub(r"\d+", lambda digits: str(self.actual(kind, int(digits[0]))), numbers)
            return before + field + lookup + ids

        return _ID_FILTER.sub(renamed, query)

    def secrets(self, text):
        """A recorded text with the server's secrets in place of the recorded ones."""
        for recorded, actual in self._there["secret"].items():
            text = text.replace(recorded, actual)
        return text
