"""Dure: many small factories, one company."""
