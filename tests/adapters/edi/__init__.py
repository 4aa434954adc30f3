"""Tests of suppliers by EDI."""
