"""The command `commerce-gateway`, also as `python -m gateway`."""

import os
import sys
import threading
import time

LEFT_BEHIND_S = 5.0
"""At the end, for threads that wait for a database which does not answer: nothing is left that could be done."""


def main() -> None:
    status: int | str | None = 130
    try:
        from gateway.cli import app  # noqa: PLC0415 - Ctrl-C while this is read, too, ends without a stack trace

        app()
    except KeyboardInterrupt:
        pass
    except SystemExit as end:
        status = end.code
    code = status if isinstance(status, int) else int(status is not None)
    threading.Thread(target=end_anyway, args=(code,), daemon=True).start()
    sys.exit(code)


def end_anyway(code: int) -> None:
    time.sleep(LEFT_BEHIND_S)
    os._exit(code)


if __name__ == "__main__":
    main()
