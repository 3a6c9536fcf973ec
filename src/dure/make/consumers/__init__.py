"""Loops that listen: the ingest of machine messages."""
