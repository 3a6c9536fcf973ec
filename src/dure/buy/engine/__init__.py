"""A purchase round decided, proved and shared out. Pure."""
