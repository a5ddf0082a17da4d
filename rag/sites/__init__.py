"""Copy web sites into a folder of documents: what is fetched, kept, removed and left alone."""
