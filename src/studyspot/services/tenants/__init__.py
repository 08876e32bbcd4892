"""The businesses on the platform: how they sign up, change, are suspended, come back and leave."""
