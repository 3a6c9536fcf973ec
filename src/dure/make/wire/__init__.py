"""Protocols on the wire: Sparkplug B payloads, the NATS client protocol, MQTT presence."""
