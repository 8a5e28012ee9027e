"""Tiny total functions, plain and undecorated: the mutation-tested heart. They see values and agent only."""
