"""What people order gitiam to do in comments, as values: read strictly, or not at all."""
