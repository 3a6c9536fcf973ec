"""Between rows and the engine's values: the log, the facts of a lot, what an audit reads."""
