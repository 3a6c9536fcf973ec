"""What a need is, checked, scaled and priced as a band: pure."""
