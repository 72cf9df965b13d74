"""What Terraform says that? Desired state → modules, their digests, and what changed."""
