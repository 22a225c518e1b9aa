"""What is answered to whoever looks at a stamp, and what is kept of it."""
