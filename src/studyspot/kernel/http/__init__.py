"""What every HTTP surface shares: the envelope, identity of the caller, validation, one way to build an app."""
