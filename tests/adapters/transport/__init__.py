"""Tests of adapters/transport."""
