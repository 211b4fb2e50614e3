"""Running a command and noting what it takes."""

import mmap
import os
import subprocess
import sys
from pathlib import Path

TIME = "/usr/bin/time"
# As much memory is made ready before a command is measured.
READY = 4 << 30


def need_time():
    """Ends the run where the program that measures is missing."""
    if not os.path.exists(TIME):
        sys.exit(f"error: {TIME} is missing\nhint: apt-get install time")


def clean_environment():
    """This environment without settings of romt and git and without proxies: everything happens on this machine."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ROMT_") and not k.lower().endswith("_proxy")}
    return kept | {"NO_PROXY": "127.0.0.1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def make_memory_ready():
    """Writes to free memory once. A virtual machine gives back what it does not use, and has to ask for it again piece by piece:
    a command that comes upon such memory takes up to half as long again, and the next one may not."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with mmap.mmap(-1, min(READY, free // 2), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        for start in range(0, len(memory), mmap.PAGESIZE):
            memory[start] = 1


def measure(name, command, work, output=subprocess.DEVNULL):
    """Runs a command in the folder `work`; returns seconds, CPU seconds, and the MB of its largest process."""
    os.sync()
    make_memory_ready()
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
