"""A seeded cooperative, its people and its machines; it knows Dure only through HTTP and MQTT."""
