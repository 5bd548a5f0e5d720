"""Which recorded answers we give otherwise, as the page of the face declares it.

The table under `HEADING` has the columns record, status, body, why. A row is of one of two kinds:

  another answer   status is a number, body a pattern: a JSON object in backticks in which "*"
                   stands for anything and more keys are fine; or empty, for any body
  other parts      status is `as recorded`, body lists parts in backticks that are not compared,
                   such as `scope`, `results[].scope`, `Set-Cookie`; all else is compared

A part is a path and all below it; `[]` is any item of a list, `(order)` the order of an object's
keys, and a header goes by its name. `record` is a number or several with commas. A declared
deviation must be seen, unless its why begins with `may:`.
"""

import dataclasses
import json
import re

HEADING = "## Where the recorded answers differ"
COLUMNS = ["record", "status", "body", "why"]
ANYTHING = "*"
# Deviations that the contract itself proposes, or that are stricter than AWX: any number of them.
FREE = ("section 12:", "hardening:")


class BadTable(Exception):
    """The table can't be read."""


@dataclasses.dataclass(frozen=True)
class Other:
    """Another answer than the recorded one."""

    status: int
    pattern: dict | None
    why: str

    def accepts(self, answer):
        if answer.status != self.status:
            return False
        return self.pattern is None or matches(self.pattern, answer.json())


@dataclasses.dataclass(frozen=True)
class Parts:
    """The recorded answer but for some parts."""

    parts: tuple
    why: str


@dataclasses.dataclass
class Declared:
    """All that is declared of one record."""

    other: Other | None = None
    parts: list = dataclasses.field(default_factory=list)

    def paths(self):
        return {path for row in self.parts for path in row.parts}

    def unseen(self, seen):
        """The declared parts that must differ and don't."""
        must = {path for row in self.parts if not may_miss(row) for path in row.parts}
        return sorted(must - seen)

    def counts(self, seen):
        """Whether what was seen counts against the limit; None seen means the other answer."""
        rows = [self.other] if seen is None else [r for r in self.parts if seen & set(r.parts)]
        return any(counted(row) for row in rows)


def may_miss(row):
    """Whether the deviation need not be seen."""
    return row.why.startswith("may:")


def counted(row):
    return not row.why.removeprefix("may:").lstrip().startswith(FREE)


def matches(pattern, found):
    if pattern == ANYTHING:
        return True
    if isinstance(pattern, dict):
        inside = isinstance(found, dict) and pattern.keys() <= found.keys()
        return inside and all(matches(wish, found[key]) for key, wish in pattern.items())
    if isinstance(pattern, list):
        alike = isinstance(found, list) and len(pattern) == len(found)
        return alike and all(matches(wish, item) for wish, item in zip(pattern, found))
    return type(pattern) is type(found) and pattern == found


def read(page, numbers):
    """The deviations that a page declares, by record. `numbers` are the records that there are."""
    table = {}
    for line, cells in _rows(page):
        try:
            _declare(table, cells, numbers)
        except ValueError as error:
            raise BadTable(f"line {line}: {error}") from None
    return table


def _declare(table, cells, numbers):
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{len(cells)} cells; {len(COLUMNS)} are needed, and `|` is written `\\|`")
    record, status, body, why = cells
    if not why:
        raise ValueError("no reason is given")
    row = _row(status, body, why)
    for number in _numbers(record, numbers):
        declared = table.setdefault(number, Declared())
        if declared.other or (declared.parts and isinstance(row, Other)):
            raise ValueError(f"record {number} is declared before")
        if isinstance(row, Other):
            declared.other = row
        else:
            declared.parts.append(row)


def _row(status, body, why):
    if status == "as recorded":
        parts = tuple(re.findall(r"`([^`]+)`", body))
        if not parts or re.sub(r"`[^`]+`", "", body).strip(" ,"):
            raise ValueError("the body must list parts in backticks")
        return Parts(parts, why)
    if not re.fullmatch(r"[1-5]\d\d", status):
        raise ValueError(f"the status is a number or `as recorded`, not {status!r}")
    return Other(int(status), _pattern(body), why)


def _pattern(body):
    if not body:
        return None
    text = re.fullmatch(r"`([^`]+)`", body)
    if not text:
        raise ValueError("the body must be a JSON object in backticks, or empty")
    try:
        pattern = json.loads(text[1])
    except ValueError as error:
        raise ValueError(f"the body is no JSON: {error}") from None
    if not isinstance(pattern, dict):
        raise ValueError("the body must be a JSON object")
    return pattern


def _numbers(text, known):
    found = []
    for word in text.split(","):
        if not word.strip().isdecimal() or int(word) not in known:
            raise ValueError(f"there is no record {word.strip()!r}")
        found.append(int(word))
    return found


def _rows(page):
    """The rows of the table, each with the number of its line; header and ruler are left out."""
    lines = page.splitlines()
    if lines.count(HEADING) != 1:
        raise BadTable(f"the page must have the heading {HEADING!r} once")
    start = lines.index(HEADING) + 1
    rows = []
    for number, line in enumerate(lines[start:], start + 1):
        if line.startswith("## "):
            break
        if line.startswith("|"):
            rows.append((number, _cells(line)))
    if len(rows) < 2 or rows[0][1] != COLUMNS:
        raise BadTable(f"the table must have the columns {' | '.join(COLUMNS)}")
    return rows[2:]


def _cells(line):
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]
