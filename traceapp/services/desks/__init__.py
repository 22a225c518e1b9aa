"""What people read to do their work: desks, lists, searches, stories, exports."""
