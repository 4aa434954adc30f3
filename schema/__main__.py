"""Prints the contract that this package implements: `python -m schema > schema/schema.graphql`."""

import sys

from schema.build import build_schema

sys.stdout.write(build_schema().as_str() + "\n")
