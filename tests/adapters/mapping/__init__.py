"""Tests of adapters/mapping."""
