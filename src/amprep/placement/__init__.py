"""Parts on the platform: where they go, whether they fit, whether they are in each other's way."""
