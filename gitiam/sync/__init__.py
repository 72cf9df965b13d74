"""Make it so, and compare: the only room, with review, that talks to AWS or starts programs."""
