"""From a need to a cluster: which members could make it together, fairly chosen, and who agrees."""
