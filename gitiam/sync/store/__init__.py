"""What gitiam remembers: ledger, leases and Terraform states, in a folder or in a bucket."""
