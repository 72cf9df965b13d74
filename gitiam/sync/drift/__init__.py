"""Desired state and snapshot, compared by meaning."""
