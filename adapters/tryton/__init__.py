"""Tryton over its own two protocols, as ERP, WMS, POS or supplier; a process of its own, of which nothing is imported."""
