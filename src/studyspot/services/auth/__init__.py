"""Who somebody is: accounts, passwords, one-time codes, sessions and the tokens that prove them."""
