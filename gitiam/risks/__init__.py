"""What access can do in the wrong hands: gitiam's own data about it, as values."""
