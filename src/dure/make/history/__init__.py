"""Readings at rest: Parquet segments under a hash-chained manifest, queried in place."""
