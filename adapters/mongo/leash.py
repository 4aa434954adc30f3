"""Runs a command as a child that cannot outlive whoever started this script: `python leash.py PARENT_PID COMMAND…`.

On Linux the kernel ends it (and the process stays the same one, so its id is the command's); elsewhere this script stays between the
two and reads a pipe that only the parent holds open.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1
END_S = 10.0


def main(parent: int, command: list[str]) -> int:
    if sys.platform == "linux" and tied_to_parent(parent):
        os.execv(command[0], command)  # noqa: S606 - the command is our own starter's
    return attended(command)


def tied_to_parent(parent: int) -> bool:
    """Ask the kernel for SIGTERM when the parent ends; False where it has no such call."""
    try:
        told = ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    except (OSError, AttributeError):
        return False
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(1)
    return bool(told == 0)


def attended(command: list[str]) -> int:
    """Run the command and end it when our standard input is closed, as it is when the parent ends."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the command is our own starter's
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: child.terminate())
    threading.Thread(target=end_with_parent, args=(child,), daemon=True).start()
    return child.wait()


def end_with_parent(child: "subprocess.Popen[bytes]") -> None:
    sys.stdin.buffer.read()
    child.terminate()
    try:
        child.wait(END_S)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
