"""Accounts and how people come in: passwords, second factors, links to join, tokens."""
