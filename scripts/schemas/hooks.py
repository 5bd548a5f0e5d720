"""What Schemathesis can't know: which things there are, and which of them the run itself lives by.

The server trusts this peer, so each request names a client's address of its own: log-ins with made-up names are
throttled by address, and a throttled run would test nothing but that.
"""

import itertools
import json
import os
import re
import zlib

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import IgnoredAuth

VALUES = json.loads(os.environ["SCHEMAS_VALUES"])
SPARED = json.loads(os.environ["SCHEMAS_SPARED"])
requests = itertools.count(1)


def real(path, name, made_up):
    """A value that is there: which one follows from what was made up."""
    word = re.search(r"([^/]+)/\{%s\}" % re.escape(name), path)
    word = word[1] if word else ""
    face = path.split("/")[1]
    values = VALUES.get(face) or VALUES.get(f"{face} {word}") or VALUES.get(word)
    return values[zlib.crc32(str(made_up).encode()) % len(values)] if values else made_up


@schemathesis.hook
def before_call(context, case, kwargs):
    number = next(requests)
    case.headers["X-Forwarded-For"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    if case.meta is not None and case.meta.is_negative_at(ParameterLocation.PATH):
        return
    chained = case.meta is not None and case.meta.phase.name == TestPhase.STATEFUL
    for name, made_up in case.path_parameters.items():
        kept = chained or zlib.crc32(str(made_up).encode()) % 4 == 0
        if not kept or str(made_up) in SPARED:
            case.path_parameters[name] = real(case.path, name, made_up)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """A stranger who guesses too often is told 429, which is a no too. Schemathesis' own probes with wrong
    credentials pass by the hook above."""
    return not (isinstance(failure, IgnoredAuth) and "got `429 " in failure.message)
