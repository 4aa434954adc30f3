"""Catalogues, places and stock out of files with separated columns."""
