"""Money by rule: what an order costs and brings, who gets what, and how a year closes. Pure."""
