"""What can be done on the shop floor: jobs, lots, watching machines, sealing segments."""
