"""AWS's own opinion: IAM Access Analyzer's checks of policies that are about to be applied."""
