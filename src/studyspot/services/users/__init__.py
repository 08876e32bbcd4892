"""Who may act where: the platform's own staff, the members of each business, and what they did."""
