"""What a commit did to the estate, taken back by git alone."""
