"""`python -m gateway.sandbox SYSTEM`: one system of the sandbox network."""

import sys

from gateway.sandbox.launch import main

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
