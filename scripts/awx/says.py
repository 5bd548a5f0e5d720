"""Judges what a command printed: exit code 0 if the expression is true, else a line that says why.

    says.py EXPRESSION OUT ERR

The expression sees out and err (the texts in these files), j (out, if it is JSON) and rows (the
words of each line of out).
"""

import json
import os
import re
import sys


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


expression, out, err = sys.argv[1], read(sys.argv[2]), read(sys.argv[3])
try:
    j = json.loads(out)
except ValueError:
    j = None
seen = {"out": out, "err": err, "j": j, "rows": [line.split() for line in out.splitlines()]}
seen |= {"re": re, "os": os, "MASK": "*" * 12}
try:
    true = eval(expression, seen)
except Exception as error:  # an answer that is not shaped as expected
    sys.exit(f"{error!r} in: {' '.join(out.split())[:200]}")
sys.exit(None if true else f"printed: {' '.join(out.split())[:200]}")
