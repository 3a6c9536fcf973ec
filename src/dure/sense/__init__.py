"""The customer's need: what is asked for, what it takes to make it, and what it may cost."""
