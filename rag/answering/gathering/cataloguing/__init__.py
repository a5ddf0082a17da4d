"""Read questions about a collection and its documents, and word their answers."""
