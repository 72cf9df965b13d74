"""One long-lived provider process for many Terraforms: verified, started, relayed, ended."""
