"""The records: one JSON object a line, in the order in which they were made.

Long bodies were cut when they were recorded (`...[4036 chars]`), and parts of them left out
(`[elided ...]`). What is left of a cut body is read as far as it goes.
"""

import json
import pathlib
import re

RECORDS = pathlib.Path(__file__).resolve().parent / "transcripts.jsonl"

_CUT = re.compile(r"\.\.\.\[\d+ chars\]\]?\Z")


class OpenDict(dict):
    """An object that was cut: only the keys present are known."""


class OpenList(list):
    """A list that was cut."""


def load(path=RECORDS):
    """The records without the line that describes them, number 0."""
    with open(path, encoding="utf-8") as lines:
        return [record for record in map(json.loads, lines) if record["n"]]


def parse(text):
    """A recorded JSON body, whole or cut."""
    try:
        return json.loads(text)
    except ValueError:
        return _Remains(_CUT.sub("", text)).value(0)[0]


class _Remains:
    """Reads JSON whose end is missing; what was open there becomes an OpenDict or OpenList.

    Each method gives what was read, where it ended, and whether it is whole: True, False, or None
    if there is nothing to use.
    """

    def __init__(self, text):
        self.text, self.end = text, len(text)
        self.decoder = json.JSONDecoder()

    def value(self, at):
        if at < self.end and self.text[at] in "{[":
            return self._container(at)
        try:
            got, after = self.decoder.raw_decode(self.text, at)
        except (ValueError, StopIteration):
            return None, self.end, None
        # A number at the very end may go on.
        return got, after, True if after < self.end else None

    def _container(self, at):
        member, items, whole, close = (
            (self._pair, OpenDict(), dict, "}")
            if self.text[at] == "{"
            else (self._item, OpenList(), list, "]")
        )
        at = self._skip(at + 1, " ,\n")
        while at < self.end:
            if self.text[at] == close:
                return whole(items), at + 1, True
            at, complete = member(items, at)
            if not complete:
                break
            at = self._skip(at, " ,\n")
        return items, self.end, False

    def _pair(self, items, at):
        name, at, complete = self.value(at)
        colon = self.text.find(":", at)
        if not complete or colon < 0:
            return self.end, False
        got, at, complete = self.value(self._skip(colon + 1, " "))
        if complete is not None:
            items[name] = got
        return at, complete

    def _item(self, items, at):
        got, at, complete = self.value(at)
        if complete is not None:
            items.append(got)
        return at, complete

    def _skip(self, at, letters):
        while at < self.end and self.text[at] in letters:
            at += 1
        return at
