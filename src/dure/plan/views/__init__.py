"""The pages of plans: orders and quotes, changes and what causes them, scenarios, one's own."""
