"""Tests of adapters/rest."""
