"""What goes wrong out there, in sentences: what it is, what to do, and whether to try again."""
