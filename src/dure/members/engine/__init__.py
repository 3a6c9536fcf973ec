"""Pure values and rules of membership: process codes, calendars, distances, the rulebook."""
