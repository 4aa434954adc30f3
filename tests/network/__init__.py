"""Tests of the network file."""
