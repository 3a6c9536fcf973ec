"""Plan: quotes and promised dates, orders, schedules, job orders and proposals."""
