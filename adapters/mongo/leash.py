"""Runs a command as a child that cannot outlive whoever started this script: `python leash.py COMMAND…`.

It reads a pipe that only the parent holds open. The command is asked to end once, whoever asks how often: a server that is told
again while it ends may never do so. It is killed when it takes too long, and by the kernel (on Linux) when this script is killed.
"""

import ctypes
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
END_S = 10.0


def main(command: list[str]) -> int:
    on_linux = sys.platform == "linux"
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent if on_linux else None)  # noqa: PLW1509, S603 - this script has one thread yet; the command is its starter's
    ending = once(lambda: end(child))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending())
    threading.Thread(target=lambda: (sys.stdin.buffer.read(), ending()), daemon=True).start()
    return child.wait()


def die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def once(act: Callable[[], None]) -> Callable[[], None]:
    """Return what does it in a thread of its own at the first call, and nothing later."""
    first = threading.Lock()
    return lambda: threading.Thread(target=act, daemon=True).start() if first.acquire(blocking=False) else None


def end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(END_S)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
