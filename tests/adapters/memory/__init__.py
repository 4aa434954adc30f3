"""Tests of adapters/memory."""
