"""What the load test consists of: an LLM with a fixed pace, and clients that need little time."""
