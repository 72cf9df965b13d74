"""Requests and an instant → what every principal should have then."""
