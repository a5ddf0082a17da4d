"""Changes English sentences by their parse: what keeps the meaning, and what makes false."""
