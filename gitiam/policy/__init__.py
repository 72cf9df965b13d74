"""The statement algebra: what a policy document means, how large it is, how it is packed."""
