"""Compares an answer with its recording: status, the headers that clients read, the body.

Equal means equal once the values that may differ are named alike:

  times     any ISO 8601 UTC time; a life of less than a day is the recorded one within 5 s
  secrets   any non-empty text that is no mask, another one each time; its length is free
  ids       a bijection for each kind, also inside URLs; UUIDs likewise
  full AWX  what only a full AWX has may be missing (`leniency.py`)

Read this file, then `headers.py` and `body.py`.
"""

import re

import body
import headers


def compare(names, record, wanted, found, declared=()):
    """What differs between the recorded answer and the one that was found."""
    findings = Findings(names, declared)
    if wanted.status != found.status:
        findings.differ("status", f"{wanted.status} expected, {found.status} found")
    else:
        headers.compare(findings, record, wanted, found)
        body.compare(findings, record, wanted, found)
    return findings


class Findings:
    """What differs, each under the path of what differs, such as `results[0].scope`, or under the
    name of a header.

    Parts that are declared to differ (`results[].scope`) are found apart, and nothing is learnt
    from them: `differences` are texts, `seen` holds the declared parts that do differ, and `fresh`
    the pairs of names that were met for the first time.
    """

    def __init__(self, names, declared=()):
        self.names, self._parts = names, frozenset(declared)
        self.differences, self.seen, self.fresh = [], set(), []

    def differ(self, path, text):
        """Notes a difference."""
        declared = self._declared(path)
        if declared:
            self.seen |= declared
        else:
            self.differences.append(f"{path}: {text}")

    def pair(self, kind, recorded, actual, path):
        """Notes that these two stand at the same place."""
        clash = self.names.clash(kind, recorded, actual)
        for other, r, a in self.fresh:
            if other == kind and (r == recorded) != (a == actual):
                clash = clash or f"{kind} {recorded} and {r} against {actual} and {a}"
        if clash:
            self.differ(path, "not the same secret" if kind == "secret" else clash)
        elif not self._declared(path):
            self.fresh.append((kind, recorded, actual))

    def _declared(self, path):
        path = re.sub(r"\[\d+\]", "[]", path)
        return {
            part
            for part in self._parts
            if path == part or path.startswith((part + ".", part + "["))
        }
