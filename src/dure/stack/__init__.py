"""What runs: the home folder, PostgreSQL, NATS, the supervisor, tenancy, health and backup."""
