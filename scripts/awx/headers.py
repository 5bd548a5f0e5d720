"""Compares the headers that clients read."""

import re

from body import Body
from leniency import COOKIE_MAY_MISS

LINKS = ("Location", "WWW-Authenticate", "X-API-Session-Cookie-Name")


def compare(findings, record, wanted, found):
    _content_type(findings, wanted, found)
    _allow(findings, wanted, found)
    for name in LINKS:
        _text(findings, record, name, wanted.header(name), found.header(name))
    _product(findings, wanted, found)
    _cookies(findings, record["n"], set(wanted.cookies()), set(found.cookies()))


def _content_type(findings, wanted, found):
    if not wanted.text or not wanted.header("Content-Type"):
        return
    types = [answer.header("Content-Type") or "none" for answer in (wanted, found)]
    if not types[0].startswith("application/json"):
        types = [text.split(";")[0] for text in types]
    if types[0] != types[1]:
        findings.differ("Content-Type", f"{types[0]} expected, {types[1]} found")


def _allow(findings, wanted, found):
    if not wanted.header("Allow"):
        return
    allowed, also = (set(re.split(r",\s*", a.header("Allow") or "")) for a in (wanted, found))
    if allowed != also:
        findings.differ("Allow", f"{sorted(allowed)} expected, {sorted(also)} found")


def _text(findings, record, name, wanted, found):
    if wanted is None and found is not None:
        findings.differ(name, f"unexpected {found[:80]!r}")
    elif wanted is not None and found is None:
        findings.differ(name, "missing")
    elif wanted is not None:
        Body(findings, record).header(name, wanted, found)


def _product(findings, wanted, found):
    if not wanted.header("X-API-Product-Name"):
        return
    if not found.header("X-API-Product-Name"):
        findings.differ("X-API-Product-Name", "missing")
    version = "X-API-Product-Version"
    if bool(wanted.header(version)) != bool(found.header(version)):
        findings.differ(version, "belongs in authenticated answers, and only there")


def _cookies(findings, number, wanted, found):
    lenient = number in COOKIE_MAY_MISS and found < wanted
    if wanted != found and not lenient:
        findings.differ("Set-Cookie", f"{sorted(wanted)} expected, {sorted(found)} found")
