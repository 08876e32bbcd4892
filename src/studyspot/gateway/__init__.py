"""The front door: order of the steps, limits, forwarding, one OpenAPI document."""
