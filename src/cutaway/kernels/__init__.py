"""Multi-kernel notebook servers: one plan, three backends."""
