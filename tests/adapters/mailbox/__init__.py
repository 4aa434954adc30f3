"""Tests of adapters/mailbox."""
