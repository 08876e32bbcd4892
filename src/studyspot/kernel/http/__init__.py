"""What every HTTP surface shares: the envelope, identity of the caller, one way to build an app."""
