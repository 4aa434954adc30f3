"""Catalogues, shops and stock from delimited files."""
