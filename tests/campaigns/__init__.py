"""Campaigns: long trials of what must never happen, each with a short form in the suite and a full form by its command."""
