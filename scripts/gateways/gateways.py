"""The five gateways: how each is started with its sample, and how it asks."""

import importlib.util
import os
import pathlib
import re

import envoy_grpc
import fakes
from chancery import Program, free_port, listens

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
# The ports of the samples: clients, Chancery, Chancery's gRPC, service.
CLIENTS, CHANCERY, GRPC, SERVICE = "8080", "8700", "8701", "9000"


class Gateway:
    """One of the five. `files` are those of its sample, the one that it is started with first."""

    def __init__(self, name, files, described_by):
        self.name, self.files, self.described_by = name, files, described_by

    def authority(self):
        """A stand-in for Chancery that understands how this gateway asks."""
        grpc = self.described_by == "grpc"
        return envoy_grpc.Authority() if grpc else fakes.Authority(self.described_by)

    def rules(self):
        """The sample of rules, said for this gateway. Beside gRPC the judge itself asks over HTTP."""
        forms = '"grpc", "path"' if self.described_by == "grpc" else f'"{self.described_by}"'
        text = (SAMPLES / "rules.toml").read_text()
        assert text.count('described_by = ["x-original"]') == 1
        return text.replace('["x-original"]', f"[{forms}]")

    def question(self, target, host):
        """How a GET is described to `/check` in this gateway's way: a path and headers."""
        if self.described_by in ("path", "grpc"):
            return f"/check{target}", {"Host": host}
        name = self.described_by.title()
        described = {f"{name}-Method": "GET", f"{name}-Host": host, f"{name}-URI": target}
        return "/check", described

    def start(self, folder, asked, service, change=None):
        """A gateway that asks at one port and hands on to another; `change` is made to the sample."""
        folder.mkdir()
        port = free_port()
        for file in self.files:
            text = (SAMPLES / self.name / file).read_text()
            text = change(file, text) if change else text
            text = re.sub(rf"\b{CLIENTS}\b", str(port), text)
            text = re.sub(rf"\b({CHANCERY}|{GRPC})\b", str(asked), text)
            text = re.sub(rf"\b{SERVICE}\b", str(service), text)
            (folder / file).write_text(self.placed(text, folder))
        command, environment = self.command(folder, folder / self.files[0])
        program = Program(self.name, command, folder, environment)
        program.until(lambda: listens(port))
        return port, program

    def placed(self, text, _):
        """A file of the sample with the paths of this place."""
        return text

    def command(self, folder, file):
        raise NotImplementedError


class Nginx(Gateway):
    """Its sample is a part of Debian's nginx.conf, which is not for a folder of its own."""

    MAIN = """
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/chancery.conf;
}}
"""

    def command(self, folder, _):
        (folder / "main.conf").write_text(self.MAIN.format(folder=folder))
        return ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "main.conf")], {}


class Caddy(Gateway):
    def command(self, folder, file):
        admin = {"CADDY_ADMIN": f"unix/{folder}/admin", "XDG_DATA_HOME": str(folder)}
        return ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"], admin


class HAProxy(Gateway):
    def placed(self, text, folder):
        # Both of its instances would have one name among the abstract sockets.
        return text.replace("/etc/haproxy", str(folder)).replace(
            "abns@chancery", f"abns@chancery-{os.getpid()}-{folder.name}"
        )

    def command(self, _, file):
        return ["haproxy", "-db", "-f", str(file)], {}


class Envoy(Gateway):
    def command(self, _, file):
        [package] = importlib.util.find_spec("envoy").submodule_search_locations
        envoy = str(pathlib.Path(package) / "_bin" / "envoy")
        few = ["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"]
        return [envoy, "-c", str(file), *few], {}


ALL = [
    Nginx("nginx", ["chancery.conf"], "x-original"),
    Caddy("caddy", ["Caddyfile"], "x-forwarded"),
    HAProxy("haproxy", ["haproxy.cfg", "check.lua"], "x-original"),
    Envoy("envoy-http", ["envoy.yaml"], "path"),
    Envoy("envoy-grpc", ["envoy.yaml"], "grpc"),
]
