"""Gather what a question of one kind needs before it is answered."""
