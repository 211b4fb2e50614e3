"""Running a command and noting what it takes."""

import os
import subprocess
import sys
from pathlib import Path

TIME = "/usr/bin/time"


def need_time():
    """Ends the run where the program that measures is missing."""
    if not os.path.exists(TIME):
        sys.exit(f"error: {TIME} is missing\nhint: apt-get install time")


def clean_environment():
    """This environment without settings of romt and git and without proxies: everything happens on this machine."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ROMT_") and not k.lower().endswith("_proxy")}
    return kept | {"NO_PROXY": "127.0.0.1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def measure(name, command, work, output=subprocess.DEVNULL):
    """Runs a command in the folder `work`; returns seconds, CPU seconds, and the MB of its largest process."""
    os.sync()
    report = Path(work) / "time"
    # By a program of its own: what a child is charged with includes the memory of who forked it.
    result = subprocess.run(
        [TIME, "-q", "-f", "%e %U %S %M", "-o", report, *command],
        cwd=work, env=clean_environment(), stdout=output, stderr=subprocess.PIPE, text=True,
    )
    if result.returncode != 0:
        sys.exit(f"error: `{name}` ended with status {result.returncode}\n{result.stderr[-4000:]}")
    wall, user, system, memory = map(float, report.read_text().split())
    return wall, user + system, memory / 1000
