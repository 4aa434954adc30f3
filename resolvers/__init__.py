"""Answers questions and carries out commands: facts through ports, the domain decides, the outcome is written."""
