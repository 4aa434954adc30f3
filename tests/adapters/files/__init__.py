"""Tests of adapters/files."""
