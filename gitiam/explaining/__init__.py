"""One file of the estate → what it opens, for whom, and what of that is new: values, no words."""
