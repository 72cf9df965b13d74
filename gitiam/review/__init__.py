"""Talking to people: what GitHub is asked and told, and what goes to chat."""
