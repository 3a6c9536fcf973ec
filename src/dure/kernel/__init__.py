"""Words that every room uses: pure values, no I/O, no clock, no chance."""
