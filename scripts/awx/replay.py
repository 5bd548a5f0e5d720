#!/usr/bin/env python3
"""Replays the recorded requests of AWX 24.6.1 against a server, and judges its answers.

    replay.py --base http://127.0.0.1:8700

The server must be empty but for the superuser and the organization "Default". Records are sent in
order, for each builds on the state that the earlier ones left. An answer must be as recorded
(`comparison.py` says what that is), or as the page of the face declares (`deviations.py`).

A few states have no request in AWX and are asked of the native API (`native.py`). Records whose
state can't be reached are skipped.

Exit code 0 if no record failed or was skipped and few deviate for reasons of our own, 1 if not, 2
if the server or the table can't be used at all.
"""

import argparse
import os
import pathlib
import sys

import deviations
import judge
import recording
from native import Native
from player import Player
from wire import BROKEN, Server, Unmet, basic

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "faces" / "awx.md"
SHOWN = 3


def main():
    options = _options()
    records = recording.load(options.records)
    try:
        page = pathlib.Path(options.page).read_text(encoding="utf-8")
        table = deviations.read(page, {record["n"] for record in records})
        player = _player(options)
        users = player.prepare()
    except deviations.BadTable as error:
        return _unusable(f"{options.page}: {error}")
    except (Unmet, ValueError, *BROKEN) as error:
        return _unusable(f"{options.base} can't be used as the superuser: {error}")
    if users != 1:
        return _unusable(f"{options.base} has {users} users already; it must be empty")
    return _play(judge.Judge(player, table), records, options)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--base", required=True, help="http://HOST:PORT of the server")
    parser.add_argument("--records", default=recording.RECORDS, metavar="FILE")
    parser.add_argument("--page", default=PAGE, metavar="FILE", help="with the table of deviations")
    parser.add_argument("--admin-user", default="admin", help="the superuser; the password is "
                        "CHANCERY_ADMIN_PASSWORD, or the recorded one")
    parser.add_argument("--native-token", metavar="TOKEN", help="for the native API, where the "
                        "superuser's password is not to be used; must not be one that AWX lists")
    parser.add_argument("--may-skip", action="store_true", help="accept that records are skipped")
    parser.add_argument("--all", action="store_true", help="show every record and every difference")
    return parser.parse_args()


def _player(options):
    server = Server(options.base)
    admin = (options.admin_user, os.environ.get("CHANCERY_ADMIN_PASSWORD") or "Adm1n-pass")
    token = options.native_token
    native = Native(server, f"Bearer {token}" if token else basic(*admin))
    return Player(server, admin, native)


def _unusable(reason):
    print(f"replay: {reason}", file=sys.stderr)
    return 2


def _play(court, records, options):
    for record in records:
        verdict = court.judge(record)
        if options.all or verdict.word != judge.AS_RECORDED:
            _show(record, verdict, options.all)
    print(court.summary())
    objections = court.objections(options.may_skip)
    for objection in objections:
        print(f"replay: {objection}", file=sys.stderr)
    return 1 if objections else 0


def _show(record, verdict, whole):
    request = record["request"]
    asked = f"{request['method']} {request['path'][:80]}"
    print(f"{record['n']:3}  {verdict.word:11}  {record['case']}  ({asked})")
    shown = verdict.reasons if whole else verdict.reasons[:SHOWN]
    for reason in shown:
        print(f"     {reason}")
    if len(shown) < len(verdict.reasons):
        print(f"     and {len(verdict.reasons) - len(shown)} more")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
