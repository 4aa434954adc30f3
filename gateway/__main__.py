"""`python -m gateway` is the command `commerce-gateway`."""

from gateway.cli import main

main()
