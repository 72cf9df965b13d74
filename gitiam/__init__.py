"""gitiam: a GitOps pipeline for AWS IAM."""

__version__ = "0.1.0"
