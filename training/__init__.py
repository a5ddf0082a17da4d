"""Trains the judge: one command from documents and labelled pairs to a checked model file."""
