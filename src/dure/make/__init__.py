"""Make: what the machines and hands really did: jobs, lots, readings, control charts, alarms."""
