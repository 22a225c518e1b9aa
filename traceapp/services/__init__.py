"""What we do: a file per business step.

Plain functions that take a Session, who asks, and frozen values. They never commit, never read a
clock, and give frozen values back; rows stay here. What we will not do is raised as a Refusal.
"""
