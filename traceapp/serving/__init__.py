"""The production server: gunicorn with threads, what it reads from strangers, and the log."""
