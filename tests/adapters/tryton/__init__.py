"""Tryton as ERP, WMS, POS and supplier, run for real."""
