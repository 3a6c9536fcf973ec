"""The decisions of Make: pure, without rows, wires or clocks."""
