"""This machine: programs started on it, what may be used of it, and what it refuses."""
