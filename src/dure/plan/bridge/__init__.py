"""The only place that knows both rows of plans and values: `reading`, `plans`, `book`."""
