"""The gateway at a member's site: sources, a durable queue, and Sparkplug B to the cooperative."""
