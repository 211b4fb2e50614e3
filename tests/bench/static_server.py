"""nginx over a folder, on a free port of this machine."""

import os
import shutil
import socket
import subprocess
import time
import urllib.request

CONFIG = """
daemon off;
worker_processes auto;
pid {work}/nginx.pid;
error_log {work}/nginx.error.log warn;
{user}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    client_body_temp_path {work}/temp-body;
    proxy_temp_path {work}/temp-proxy;
    fastcgi_temp_path {work}/temp-fastcgi;
    uwsgi_temp_path {work}/temp-uwsgi;
    scgi_temp_path {work}/temp-scgi;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


def free_port():
    """A port that nobody had a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_nginx():
    """nginx; Debian has it where only root looks for programs."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not found:
        raise SystemExit("error: nginx is missing\nhint: apt-get install nginx-light")
    return found


class StaticServer:
    """nginx, until the `with` block ends."""

    def __init__(self, root, work, port, probe="index/config.json"):
        self.command = [find_nginx(), "-p", str(work), "-e", f"{work}/nginx.error.log", "-c", f"{work}/nginx.conf"]
        user = "user root;" if os.geteuid() == 0 else ""
        (work / "nginx.conf").write_text(CONFIG.format(root=root, work=work, port=port, user=user))
        self.address = f"http://127.0.0.1:{port}"
        # A file that is there, to see that it serves.
        self.probe = probe

    def __enter__(self):
        self.process = subprocess.Popen(self.command)
        wait_for(f"{self.address}/{self.probe}", self.process)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def wait_for(url, process, seconds=60):
    """How long it takes until `url` is there, in seconds; an error when `process` ends first."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        try:
            with opener.open(url, timeout=5) as answer:
                answer.read()
                return time.monotonic() - start
        except OSError:
            if process.poll() is not None:
                raise SystemExit(f"error: {process.args[0]} ended with status {process.returncode}") from None
            time.sleep(0.005)
    raise SystemExit(f"error: {url} did not answer within {seconds} s")
