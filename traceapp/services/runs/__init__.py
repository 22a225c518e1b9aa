"""Stamps from a request to a void: runs, labels, ranges put to use and taken out."""
