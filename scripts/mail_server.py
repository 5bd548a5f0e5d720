"""A real SMTP server for scripts/mail-test, which keeps what it takes as JSON files.

    mail_server.py FOLDER

It wants a log-in (letters / "pass word"), so that passwords are tried too. Mail to `later@` is
refused once for now (451), mail to `never@` for good (550). The port is printed, and the server
serves until its standard input ends.
"""

import json
import pathlib
import socket
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword, SMTP

FOLDER = pathlib.Path(sys.argv[1])
ACCOUNT = LoginPassword(b"letters", b"pass word")


class Keep:
    def __init__(self):
        self.refused = set()
        self.kept = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("never@"):
            return "550 no such mailbox"
        if address.startswith("later@") and address not in self.refused:
            self.refused.add(address)
            return "451 come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.kept += 1
        letter = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "user": session.auth_data.login.decode(),
            "content": envelope.content.decode(),
        }
        part = FOLDER / f".{self.kept}"
        part.write_text(json.dumps(letter))
        part.rename(FOLDER / f"{self.kept:04}.json")
        return "250 kept"


def authenticate(server, session, envelope, mechanism, given):
    # What is not handled here, the server answers with 535.
    return AuthResult(success=given == ACCOUNT, handled=False, auth_data=given)


class Server(Controller):
    def factory(self):
        return SMTP(
            self.handler,
            authenticator=authenticate,
            auth_required=True,
            auth_require_tls=False,
        )


def main():
    # The port is ours to choose before the server knows it.
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Server(Keep(), hostname="127.0.0.1", port=port)
    server.start()
    print(port, flush=True)
    sys.stdin.read()
    server.stop()


main()
