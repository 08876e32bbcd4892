"""The tenancy engine: which tenants exist, where their databases live, how to reach and keep them."""
