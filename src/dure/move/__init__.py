"""Move: goods and materials between firms: shipped, received, counted, owned."""
