"""Prove: a record nobody can change unnoticed, checkable by anyone offline."""
