"""Settings, urls, api, errors and wiring: where the rooms are put together."""
