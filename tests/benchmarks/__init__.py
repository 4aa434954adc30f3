"""Tests of the benchmarks: what they measure must be right before it is fast."""
